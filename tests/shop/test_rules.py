"""Every rule with both sides of its border, and what a refusal offers instead. No database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from shop.errors import Alternative, Reason, Refused
from shop.models import Category, Order, OrderStatus, Payer
from shop.rules import (
    Changeable,
    ShopRules,
    damage_deadline,
    may_cancel,
    may_change,
    may_claim_damage,
    may_exchange,
    may_return,
    return_deadline,
)
from tests.shop.factories import NOON, delivered_of, item_of, order_of, product_of, shipment_of

RULES = ShopRules()
CHINA = ZoneInfo("Asia/Shanghai")

Verdict = tuple[Reason, Alternative | None] | None


def verdict(rule: Callable[[], None]) -> Verdict:
    try:
        rule()
    except Refused as refused:
        return refused.reason, refused.alternative
    return None


def china(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (china(10, 0, 0), None),
        (china(17, 23, 59, 59), None),
        (china(18, 0, 0), (Reason.window_passed, Alternative.quality_return)),
        (china(18, 0, 0).astimezone(UTC), (Reason.window_passed, Alternative.quality_return)),
        (china(17, 23, 59).astimezone(ZoneInfo("Asia/Urumqi")), None),
    ],
)
@pytest.mark.parametrize("received", [china(10, 0, 0), china(10, 23, 59, 59)])
@pytest.mark.parametrize("rule", [may_return, may_exchange])
def test_seven_days_begin_after_the_day_of_receipt_and_end_at_midnight_in_china(
    rule: Callable[..., None], received: datetime, now: datetime, expected: Verdict
) -> None:
    order = delivered_of(at=received)
    assert verdict(lambda: rule(order, order.items, for_quality=False, rules=RULES, now=now)) == expected


def test_the_deadline_shown_is_the_last_second_of_the_last_day() -> None:
    order = delivered_of(at=china(10, 15))
    assert return_deadline(order, RULES, for_quality=False) == china(17, 23, 59, 59)
    assert return_deadline(order, RULES, for_quality=True) == datetime(2026, 12, 10, 23, 59, 59, tzinfo=CHINA)
    with pytest.raises(Refused) as refusal:
        may_return(order, order.items, for_quality=False, rules=RULES, now=china(20))
    assert refusal.value.facts == {"deadline": china(17, 23, 59, 59), "days": 7}
    deadline = refusal.value.facts["deadline"]
    assert isinstance(deadline, datetime)
    assert deadline.tzinfo is UTC


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 12, 10, 23, 59, 59, tzinfo=CHINA), None),
        (datetime(2026, 12, 11, tzinfo=CHINA), (Reason.window_passed, Alternative.talk_to_human)),
    ],
)
@pytest.mark.parametrize("category", [Category.dried, Category.fresh, Category.custom_made])
def test_a_quality_return_of_any_goods_has_its_own_longer_window(
    category: Category, now: datetime, expected: Verdict
) -> None:
    order = delivered_of(item_of(product_of(category)), at=china(10, 15))
    assert verdict(lambda: may_return(order, order.items, for_quality=True, rules=RULES, now=now)) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(0), None),
        (timedelta(hours=47, minutes=59, seconds=59), None),
        (timedelta(hours=48), (Reason.claim_window_passed, Alternative.quality_return)),
        (timedelta(days=31), (Reason.claim_window_passed, Alternative.talk_to_human)),
    ],
)
def test_damage_is_claimed_within_hours(after: timedelta, expected: Verdict) -> None:
    order = delivered_of(item_of(product_of(Category.fresh)))
    assert verdict(lambda: may_claim_damage(order, rules=RULES, now=NOON + after)) == expected
    assert damage_deadline(order, RULES) == NOON + timedelta(hours=48)


def test_a_shop_sets_its_own_damage_window() -> None:
    rules = ShopRules(damage_window_hours=24)
    order = delivered_of()
    may_claim_damage(order, rules=rules, now=NOON + timedelta(hours=23, minutes=59))
    with pytest.raises(Refused) as refusal:
        may_claim_damage(order, rules=rules, now=NOON + timedelta(hours=24))
    assert refusal.value.facts == {"deadline": NOON + timedelta(hours=24), "hours": 24}


@pytest.mark.parametrize(
    ("category", "reason"),
    [
        (Category.fresh, Reason.goods_perishable),
        (Category.frozen_meat, Reason.goods_perishable),
        (Category.custom_made, Reason.goods_custom),
        (Category.digital, Reason.goods_digital),
        (Category.newspaper, Reason.goods_newspaper),
        (Category.dried, None),
        (Category.nuts, None),
        (Category.honey, None),
        (Category.textile, None),
        (Category.other, None),
    ],
)
@pytest.mark.parametrize("rule", [may_return, may_exchange])
def test_some_goods_do_not_go_back_without_a_reason(
    rule: Callable[..., None], category: Category, reason: Reason | None
) -> None:
    order = delivered_of(item_of(product_of(category)))
    expected = (reason, Alternative.damage_claim) if reason else None
    assert verdict(lambda: rule(order, order.items, for_quality=False, rules=RULES, now=NOON)) == expected
    assert verdict(lambda: rule(order, order.items, for_quality=True, rules=RULES, now=NOON)) is None


@pytest.mark.parametrize(
    ("after", "instead"),
    [
        (timedelta(hours=47, minutes=59), Alternative.damage_claim),
        (timedelta(hours=48), Alternative.quality_return),
        (timedelta(days=30), Alternative.quality_return),
        (timedelta(days=31), Alternative.talk_to_human),
    ],
)
def test_fresh_fruit_without_a_reason_is_offered_what_is_still_open(
    after: timedelta, instead: Alternative
) -> None:
    order = delivered_of(item_of(product_of(Category.fresh)))
    found = verdict(lambda: may_return(order, order.items, for_quality=False, rules=RULES, now=NOON + after))
    assert found == (Reason.goods_perishable, instead)


def test_only_the_goods_asked_about_count() -> None:
    dried, fresh = item_of(product_of(Category.dried)), item_of(product_of(Category.fresh))
    order = delivered_of(dried, fresh)
    may_return(order, [dried], for_quality=False, rules=RULES, now=NOON)
    with pytest.raises(Refused) as refusal:
        may_return(order, [dried, fresh], for_quality=False, rules=RULES, now=NOON)
    assert refusal.value.facts == {"item": fresh.name}


def test_goods_that_left_the_catalogue_may_go_back() -> None:
    order = delivered_of(item_of(product=None))
    order.items[0].product = None
    may_return(order, order.items, for_quality=False, rules=RULES, now=NOON)


NOT_YET = Reason.not_delivered_yet


@pytest.mark.parametrize(
    ("status", "returning", "exchanging", "claiming"),
    [
        (
            OrderStatus.pending_payment,
            (Reason.not_paid, Alternative.cancel_order),
            (Reason.not_paid, Alternative.change_order),
            (Reason.not_paid, Alternative.cancel_order),
        ),
        (
            OrderStatus.paid,
            (NOT_YET, Alternative.cancel_order),
            (NOT_YET, Alternative.change_order),
            (NOT_YET, Alternative.cancel_order),
        ),
        (
            OrderStatus.shipped,
            (NOT_YET, Alternative.open_return_after_delivery),
            (NOT_YET, Alternative.wait_delivery),
            (NOT_YET, Alternative.wait_delivery),
        ),
        (OrderStatus.delivered, None, None, None),
        (OrderStatus.completed, None, None, None),
        (
            OrderStatus.cancelled,
            (Reason.already_cancelled, Alternative.check_refund),
            (Reason.already_cancelled, Alternative.check_refund),
            (Reason.already_cancelled, Alternative.check_refund),
        ),
    ],
)
def test_goods_must_have_come_first(
    status: OrderStatus, returning: Verdict, exchanging: Verdict, claiming: Verdict
) -> None:
    order = order_of(item_of(), status=status)
    common = {"for_quality": False, "rules": RULES, "now": NOON}
    assert verdict(lambda: may_return(order, order.items, **common)) == returning
    assert verdict(lambda: may_exchange(order, order.items, **common)) == exchanging
    assert verdict(lambda: may_claim_damage(order, rules=RULES, now=NOON)) == claiming


def test_fresh_goods_on_their_way_are_waited_for() -> None:
    order = order_of(item_of(product_of(Category.fresh)), status=OrderStatus.shipped)
    assert verdict(lambda: may_return(order, order.items, for_quality=False, rules=RULES, now=NOON)) == (
        NOT_YET,
        Alternative.wait_delivery,
    )
    assert verdict(lambda: may_return(order, order.items, for_quality=True, rules=RULES, now=NOON)) == (
        NOT_YET,
        Alternative.open_return_after_delivery,
    )


def test_the_first_parcel_signed_for_opens_claims_and_the_last_one_counts() -> None:
    parcels = [shipment_of(number="A", delivered_at=NOON), shipment_of(number="B")]
    order = order_of(item_of(), status=OrderStatus.shipped, shipments=parcels)
    may_claim_damage(order, rules=RULES, now=NOON)
    parcels[1].delivered_at = NOON + timedelta(hours=30)
    assert damage_deadline(order, RULES) == NOON + timedelta(hours=78)


def test_where_nobody_knows_when_it_came_no_window_closes() -> None:
    order = order_of(item_of(), status=OrderStatus.completed)
    may_return(order, order.items, for_quality=False, rules=RULES, now=NOON + timedelta(days=400))
    may_claim_damage(order, rules=RULES, now=NOON + timedelta(days=400))


@pytest.mark.parametrize(
    ("category", "status", "now", "expected"),
    [
        (Category.dried, OrderStatus.pending_payment, NOON, None),
        (Category.dried, OrderStatus.paid, NOON, None),
        (Category.fresh, OrderStatus.paid, NOON, None),
        (Category.dried, OrderStatus.shipped, NOON, (Reason.already_shipped, Alternative.refuse_or_return)),
        (Category.fresh, OrderStatus.shipped, NOON, (Reason.already_shipped, Alternative.talk_to_human)),
        (Category.dried, OrderStatus.delivered, NOON, (Reason.already_delivered, Alternative.open_return)),
        (
            Category.dried,
            OrderStatus.completed,
            NOON + timedelta(days=8),
            (Reason.already_delivered, Alternative.quality_return),
        ),
        (
            Category.dried,
            OrderStatus.completed,
            NOON + timedelta(days=31),
            (Reason.already_delivered, Alternative.talk_to_human),
        ),
        (Category.fresh, OrderStatus.delivered, NOON, (Reason.already_delivered, Alternative.damage_claim)),
        (Category.dried, OrderStatus.cancelled, NOON, (Reason.already_cancelled, Alternative.check_refund)),
    ],
)
def test_only_what_no_courier_has_is_cancelled(
    category: Category, status: OrderStatus, now: datetime, expected: Verdict
) -> None:
    received = NOON if status in (OrderStatus.delivered, OrderStatus.completed) else None
    order = order_of(item_of(product_of(category)), status=status, delivered_at=received)
    assert verdict(lambda: may_cancel(order, rules=RULES, now=now)) == expected


def test_a_parcel_counts_where_the_status_lags() -> None:
    order = order_of(item_of(), shipments=[shipment_of()])
    assert verdict(lambda: may_cancel(order, rules=RULES, now=NOON)) == (
        Reason.already_shipped,
        Alternative.refuse_or_return,
    )


def changed(order: Order, field: Changeable) -> Verdict:
    return verdict(lambda: may_change(order, field, items=order.items, rules=RULES, now=NOON))


@pytest.mark.parametrize("field", list(Changeable))
@pytest.mark.parametrize("status", [OrderStatus.pending_payment, OrderStatus.paid])
def test_anything_changes_before_shipping(status: OrderStatus, field: Changeable) -> None:
    assert changed(order_of(item_of(product_of(Category.fresh)), status=status), field) is None


@pytest.mark.parametrize(
    ("category", "field", "shipped", "delivered"),
    [
        (Category.dried, Changeable.address, Alternative.talk_to_human, Alternative.talk_to_human),
        (Category.dried, Changeable.recipient, Alternative.talk_to_human, Alternative.talk_to_human),
        (Category.dried, Changeable.phone, Alternative.talk_to_human, Alternative.talk_to_human),
        (Category.dried, Changeable.variant, Alternative.exchange, Alternative.open_return),
        (Category.dried, Changeable.quantity, Alternative.exchange, Alternative.open_return),
        (Category.fresh, Changeable.variant, Alternative.talk_to_human, Alternative.damage_claim),
    ],
)
def test_nothing_changes_afterwards(
    category: Category, field: Changeable, shipped: Alternative, delivered: Alternative
) -> None:
    goods = product_of(category)
    on_its_way = order_of(item_of(goods), status=OrderStatus.shipped)
    assert changed(on_its_way, field) == (Reason.already_shipped, shipped)
    assert changed(delivered_of(item_of(goods)), field) == (Reason.already_delivered, delivered)
    cancelled = order_of(item_of(goods), status=OrderStatus.cancelled)
    assert changed(cancelled, field) == (Reason.already_cancelled, Alternative.order_again)


def test_rules_have_defaults_and_ignore_other_settings() -> None:
    assert ShopRules.model_validate({"greeting": "你好"}) == ShopRules()
    rules = ShopRules.model_validate({"damage_share": "0.8", "exchange_freight_payer": "shop"})
    assert (rules.damage_share, rules.exchange_freight_payer) == (Decimal("0.8"), Payer.shop)


@pytest.mark.parametrize(
    "settings",
    [
        {"return_window_days": 6},
        {"quality_window_days": 6},
        {"damage_share": "0"},
        {"damage_share": "1.01"},
        {"damage_window_hours": 0},
        {"no_reason_freight_payer": "nobody"},
    ],
)
def test_a_shop_cannot_be_harder_than_the_law(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ShopRules.model_validate(settings)
