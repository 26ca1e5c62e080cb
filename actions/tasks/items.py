"""Which goods of an order are meant, and how many of them."""

from actions import wording as w
from actions.call import Ask, Button, Call
from actions.tasks.base import button
from nlu.text.digits import number
from shop.models import Order, OrderItem

ALL_WORDS = ("全部", "都", "所有", "整单", "ھەممى", "بارلىق", "پۈتۈن")


def the_item(call: Call, order: Order) -> OrderItem | None:
    """The one item meant: the order's only one, or the one chosen before."""
    if len(order.items) == 1:
        return order.items[0]
    chosen = call.desk.answers.get("items") or []
    return next((item for item in order.items if [item.id] == chosen), None)


def take_items(call: Call, *, single: bool) -> bool:
    """Read the chosen goods from a button or by their names into `answers["items"]` (ids)."""
    order = call.order
    if order is None:
        return False
    pressed = call.turn.value("item")
    if pressed is not None:
        wanted = [item for item in order.items if pressed in ("all", str(item.id))]
    else:
        wanted = _named(order, call.turn.words, single)
    if not wanted or (single and len(wanted) > 1):
        return False
    _note(call, wanted, call.turn.values("quantity"))
    return True


def items_said_before(call: Call, order: Order, *, single: bool) -> bool:
    """The goods named when the task began, before its order was known."""
    wanted = _named(order, call.desk.answers.get("said", ""), single)
    if not wanted or (single and len(wanted) > 1):
        return False
    _note(call, wanted, call.desk.answers.get("counts_said", []))
    return True


def note_count_said(call: Call, item: OrderItem) -> None:
    """«少了一袋» of an order with two bags of one kind."""
    if "items" not in call.desk.answers:
        _note(call, [item], call.desk.answers.get("counts_said", []))


def _note(call: Call, wanted: list[OrderItem], said: list[str]) -> None:
    """Keep the goods, and the count where one kind and a part of it was named («退一袋红枣»)."""
    answers = call.desk.answers
    answers["items"] = [item.id for item in wanted]
    answers.pop("count", None)
    counts = [number(value.split(" ")[0]) for value in said]
    if len(wanted) == 1 and len(counts) == 1 and counts[0] and 1 <= counts[0] < wanted[0].quantity:
        answers["count"] = int(counts[0])


def _named(order: Order, text: str, single: bool) -> list[OrderItem]:
    named = [item for item in order.items if any(name in text for name in names_of(item))]
    if not named and not single and any(word in text for word in ALL_WORDS):
        return list(order.items)
    return named


def ask_item(call: Call, order: Order, reply: str, *, with_all: bool = False) -> Ask:
    choices = tuple(
        Button(w.item_name(item, call.language), f'/inform{{"item": "{item.id}"}}')
        for item in order.items[:6]
    )
    if with_all:
        choices += (button(call, "all_items", '/inform{"item": "all"}'),)
    return Ask("item", reply, {"order": order.order_number}, choices)


def names_of(item: OrderItem) -> list[str]:
    """What shoppers call it, in either language."""
    names = [item.name]
    if item.product is not None:
        names += [*item.product.name.values(), *item.product.aliases]
    return [name for name in names if name]
