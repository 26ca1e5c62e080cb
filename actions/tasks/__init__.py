"""What a shopper can have done about an order. A new task is a class here and an intent of the same name."""

from actions.tasks.base import Task
from actions.tasks.change import ChangeTask
from actions.tasks.claims import DamageTask, WrongItemTask
from actions.tasks.delivery import DeliveryProblemTask
from actions.tasks.invoice import InvoiceTask
from actions.tasks.look import OrderStatusTask, RefundStatusTask, TrackTask
from actions.tasks.orders import CancelTask, UrgeTask
from actions.tasks.returns import ExchangeTask, ReturnTask, WithdrawTask

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        OrderStatusTask(),
        TrackTask(),
        RefundStatusTask(),
        UrgeTask(),
        CancelTask(),
        ChangeTask(),
        InvoiceTask(),
        DeliveryProblemTask(),
        ReturnTask(),
        ExchangeTask(),
        DamageTask(),
        WrongItemTask(),
        WithdrawTask(),
    )
}
