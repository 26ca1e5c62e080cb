"""What a return, an exchange or a damage claim would bring. No database."""

from decimal import Decimal
from typing import Any

import pytest

from shop.errors import Alternative, Reason, Refused
from shop.models import (
    Category,
    Order,
    OrderStatus,
    Payer,
    ReturnItem,
    ReturnKind,
    ReturnRequest,
    ReturnStatus,
)
from shop.returns import ReturnPlan, plan_return
from shop.rules import ShopRules, damage_deadline, return_deadline
from tests.shop.factories import NOON, delivered_of, item_of, product_of, received_of
from tests.shop.factories import order_of as built

RETURN, EXCHANGE, CLAIM = ReturnKind.return_, ReturnKind.exchange, ReturnKind.damage_claim
RULES = ShopRules()


def request_of(
    status: ReturnStatus, items: dict[int, int], kind: ReturnKind = RETURN, amount: str = "0"
) -> ReturnRequest:
    lines = [ReturnItem(order_item_id=one, quantity=quantity) for one, quantity in items.items()]
    return ReturnRequest(kind=kind, status=status, items=lines, reason="", amount=Decimal(amount), photos=[])


def planned(order: Order, kind: ReturnKind = RETURN, **values: Any) -> ReturnPlan:
    defaults = {"items": None, "for_quality": False, "damaged_share": None, "rules": RULES, "now": NOON}
    return plan_return(order, kind=kind, **defaults | values)


def counts(plan: ReturnPlan) -> list[int]:
    return [quantity for _, quantity in plan.items]


@pytest.mark.parametrize(
    ("kind", "values", "amount", "payer"),
    [
        (RETURN, {}, "119.97", Payer.buyer),
        (RETURN, {"items": {1: 2}}, "39.98", Payer.buyer),
        (RETURN, {"items": {2: 1, 1: 1}}, "79.99", Payer.buyer),
        # all of a bad order: what its sending cost comes back too; of a part of it: not
        (RETURN, {"for_quality": True}, "128.47", Payer.shop),
        (RETURN, {"for_quality": True, "items": {1: 3, 2: 1}}, "128.47", Payer.shop),
        (RETURN, {"for_quality": True, "items": {1: 3}}, "59.97", Payer.shop),
        (RETURN, {"rules": ShopRules(no_reason_freight_payer=Payer.shop)}, "119.97", Payer.shop),
        (EXCHANGE, {}, "0", Payer.buyer),
        (EXCHANGE, {"for_quality": True}, "0", Payer.shop),
        (EXCHANGE, {"rules": ShopRules(exchange_freight_payer=Payer.shop)}, "0", Payer.shop),
        (CLAIM, {}, "119.97", None),
        (CLAIM, {"items": {1: 1}, "damaged_share": Decimal("0.25")}, "5.00", None),  # 4.9975
        (CLAIM, {"items": {1: 1}, "damaged_share": Decimal("0.5")}, "10.00", None),  # 9.995 rounds up
        (CLAIM, {"damaged_share": Decimal(1)}, "119.97", None),
        (CLAIM, {"damaged_share": Decimal("0.5"), "rules": ShopRules(damage_share="0.8")}, "47.99", None),
    ],
)
def test_what_comes_back_and_who_pays_the_freight(
    kind: ReturnKind, values: dict[str, Any], amount: str, payer: Payer | None
) -> None:
    plan = planned(received_of(), kind, **values)
    assert (plan.kind, plan.amount, plan.freight_payer) == (kind, Decimal(amount), payer)
    assert isinstance(plan.amount, Decimal)


def test_the_plan_names_its_deadline() -> None:
    order = received_of()
    for quality in (False, True):
        deadline = return_deadline(order, RULES, for_quality=quality)
        assert planned(order, for_quality=quality).deadline == deadline
    assert planned(order, CLAIM).deadline == damage_deadline(order, RULES)
    assert planned(built(item_of(), status=OrderStatus.completed)).deadline is None


@pytest.mark.parametrize(
    ("requests", "wanted", "expected"),
    [
        ([], None, [3, 1]),
        ([request_of(ReturnStatus.requested, {1: 1})], None, [2, 1]),
        ([request_of(ReturnStatus.completed, {1: 3})], None, [1]),
        (
            [request_of(ReturnStatus.completed, {1: 1}), request_of(ReturnStatus.approved, {1: 1})],
            {1: 1},
            [1],
        ),
        ([request_of(ReturnStatus.rejected, {1: 3})], {1: 3}, [3]),
        ([request_of(ReturnStatus.withdrawn, {1: 3, 2: 1})], None, [3, 1]),
        ([request_of(ReturnStatus.received, {2: 1}, EXCHANGE)], {1: 3}, [3]),
    ],
)
def test_only_what_is_in_no_other_request(
    requests: list[ReturnRequest], wanted: dict[int, int] | None, expected: list[int]
) -> None:
    assert counts(planned(received_of(returns=requests), items=wanted)) == expected


@pytest.mark.parametrize(
    ("requests", "wanted", "reason", "instead", "facts"),
    [
        ([], {1: 4}, Reason.bad_quantity, None, {"left": 3}),
        ([], {1: 0}, Reason.bad_quantity, None, {"left": 3}),
        ([], {1: -1}, Reason.bad_quantity, None, {"left": 3}),
        ([], {1: 1, 2: 2}, Reason.bad_quantity, None, {"left": 1}),
        ([request_of(ReturnStatus.requested, {1: 2})], {1: 2}, Reason.bad_quantity, None, {"left": 1}),
        (
            [request_of(ReturnStatus.requested, {1: 3})],
            {1: 1},
            Reason.already_requested,
            Alternative.check_refund,
            {},
        ),
        (
            [request_of(ReturnStatus.completed, {1: 3, 2: 1})],
            None,
            Reason.already_requested,
            Alternative.check_refund,
            {},
        ),
        ([], {9: 1}, Reason.unknown_item, None, {}),
        ([], {}, Reason.bad_quantity, None, {}),
    ],
)
def test_no_more_than_was_bought(
    requests: list[ReturnRequest],
    wanted: dict[int, int] | None,
    reason: Reason,
    instead: Alternative | None,
    facts: dict[str, Any],
) -> None:
    with pytest.raises(Refused) as refusal:
        planned(received_of(returns=requests), items=wanted)
    refused = refusal.value
    assert (refused.reason, refused.alternative, refused.facts) == (reason, instead, facts)


@pytest.mark.parametrize("share", ["0", "-0.1", "1.01", "NaN"])
def test_a_damaged_share_is_a_part_of_the_whole(share: str) -> None:
    with pytest.raises(Refused) as refusal:
        planned(received_of(), CLAIM, damaged_share=Decimal(share))
    assert refusal.value.reason is Reason.bad_share


def test_no_request_promises_money_the_shop_never_had() -> None:
    unpaid = received_of(amount_due=Decimal("39.98"))
    assert planned(unpaid).amount == Decimal("88.49")
    claimed = received_of(returns=[request_of(ReturnStatus.completed, {1: 3}, CLAIM, amount="100.00")])
    assert planned(claimed).amount == Decimal("28.47")


def test_fresh_fruit_in_a_request_already_does_not_hold_up_the_rest() -> None:
    fruit, dates = item_of(product_of(Category.fresh)), item_of(product_of())
    order = delivered_of(fruit, dates, returns=[request_of(ReturnStatus.requested, {1: 1}, CLAIM)])
    assert [item.sku for item, _ in planned(order).items] == ["dried"]
    with pytest.raises(Refused) as refusal:
        planned(delivered_of(fruit, dates))
    assert (refusal.value.reason, refusal.value.alternative) == (
        Reason.goods_perishable,
        Alternative.damage_claim,
    )
