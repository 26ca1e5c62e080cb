"""Tasks before shipping: urge, cancel."""

from actions import wording as w
from actions.call import Ask, Call
from actions.tasks.base import Task, confirmation, person, take_confirmation
from actions.tasks.look import say_parcels
from shop.models import Order, OrderStatus
from shop.orders import cancel, plan_cancel, urge

NOT_SENT = (OrderStatus.pending_payment, OrderStatus.paid)


class UrgeTask(Task):
    name = "urge_shipping"

    def suits(self, order: Order) -> bool:
        return order.status in (OrderStatus.paid, OrderStatus.shipped)

    async def finish(self, call: Call, order: Order) -> None:
        number = order.order_number
        result = await urge(call.session, **call.whose, order_number=number, key=call.turn.key)
        if result.ship_by is None:
            call.say("urged_on_way", {"order": number})
            say_parcels(call, order)
        elif result.late:
            call.say("urged_overdue", {"order": number}, buttons=(person(call),))
        else:
            call.say("urged", {"order": number, "by": w.minute(result.ship_by, call.language)})


class CancelTask(Task):
    name = "cancel_order"
    moves_money = True

    def suits(self, order: Order) -> bool:
        return order.status in NOT_SENT

    async def take(self, call: Call, asked: str | None) -> bool:
        return take_confirmation(call, asked)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        plan = plan_cancel(order, call.rules)
        if call.desk.answers.get("confirmed"):
            return None
        goods = w.items([(item, item.quantity) for item in order.items], call.language)
        reply = "confirm_cancel" if plan.refund else "confirm_cancel_unpaid"
        facts = {"order": order.order_number, "items": goods, "refund": w.money(plan.refund, call.language)}
        return confirmation(call, reply, facts)

    async def finish(self, call: Call, order: Order) -> None:
        number = order.order_number
        plan = await cancel(call.session, **call.whose, order_number=number, key=call.turn.key)
        reply = "cancelled" if plan.refund else "cancelled_unpaid"
        call.say(reply, {"order": number, "refund": w.money(plan.refund, call.language)})
