"""Which goods of an order are meant."""

from actions import wording as w
from actions.call import Ask, Button, Call
from actions.tasks.base import button
from nlu.text.clean import clean
from shop.models import Order, OrderItem

ALL_WORDS = ("全部", "都", "所有", "整单", "ھەممى", "بارلىق", "پۈتۈن")


def the_item(call: Call, order: Order) -> int | None:
    """The one item meant: the order's only one, or the one chosen before."""
    if len(order.items) == 1:
        return order.items[0].id
    chosen = call.desk.answers.get("items") or []
    return int(chosen[0]) if len(chosen) == 1 else None


def take_items(call: Call, *, single: bool) -> bool:
    """Read the chosen goods from a button or by their names into `answers["items"]` (ids)."""
    order = call.order
    if order is None:
        return False
    pressed = call.turn.value("item")
    if pressed == "all" and not single:
        call.desk.answers["items"] = [item.id for item in order.items]
    elif pressed is not None and pressed.isdigit():
        call.desk.answers["items"] = [item.id for item in order.items if item.id == int(pressed)]
    else:
        text = clean(call.turn.text)
        named = [item.id for item in order.items if _is_named(item, text)]
        if not named and not single and any(word in text for word in ALL_WORDS):
            named = [item.id for item in order.items]
        if not named or (single and len(named) > 1):
            return False
        call.desk.answers["items"] = named
    return bool(call.desk.answers["items"])


def ask_item(call: Call, order: Order, reply: str, *, with_all: bool = False) -> Ask:
    choices = tuple(
        Button(w.item_name(item, call.language), f'/inform{{"item": "{item.id}"}}') for item in order.items[:6]
    )
    if with_all:
        choices += (button(call, "all_items", '/inform{"item": "all"}'),)
    return Ask("item", reply, {"order": order.order_number}, choices)


def _is_named(item: OrderItem, text: str) -> bool:
    names = [item.name]
    if item.product is not None:
        names += [*item.product.name.values(), *item.product.aliases]
    return any(name and name in text for name in names)
