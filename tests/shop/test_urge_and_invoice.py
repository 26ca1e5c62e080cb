"""Pressing for an order, its invoice, and a shop's own rules."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from shop.database import Sessions, now, transaction
from shop.errors import Alternative, Reason, Refused
from shop.models import Invoice, OrderStatus
from shop.orders import UrgeResult, request_invoice, urge
from shop.rules import ShopRules
from shop.shops import rules_of, shop_by_slug
from tests.shop import factories
from tests.shop.factories import Scene, item_of, scene_of, shipment_of, store_shop

CODE = "91350100M000100Y43"  # the example in GB 32100-2015


async def urge_scene(sessions: Sessions, hours_ago: float, **values: Any) -> Scene:
    order = factories.order_of(item_of(), ordered_at=now() - timedelta(hours=hours_ago), **values)
    return await scene_of(sessions, order)


@pytest.mark.parametrize(("hours_ago", "overdue"), [(0, False), (47.9, False), (48.01, True)])
async def test_urging_tells_the_promise(sessions: Sessions, hours_ago: float, overdue: bool) -> None:
    scene = await urge_scene(sessions, hours_ago)
    result = await scene.do(urge, key="1")
    assert result.ship_by is not None
    assert abs(result.ship_by - now() - timedelta(hours=48 - hours_ago)) < timedelta(minutes=1)
    assert result == UrgeResult(on_its_way=False, ship_by=result.ship_by, late=overdue, times_before=0)


async def test_urging_is_counted_once_a_key(sessions: Sessions) -> None:
    scene = await urge_scene(sessions, 1)
    first = await asyncio.gather(*(scene.do(urge, key="1") for _ in range(3)))
    assert [result.times_before for result in first] == [0, 0, 0]
    assert (await scene.do(urge, key="2")).times_before == 1
    assert await scene.do(urge, key="1") == first[0]


@pytest.mark.parametrize(
    "values", [{"status": OrderStatus.shipped}, {"shipments": [shipment_of()]}], ids=["status", "parcel"]
)
async def test_what_is_on_its_way_has_no_promise(sessions: Sessions, values: dict[str, Any]) -> None:
    scene = await urge_scene(sessions, 100, **values)
    assert await scene.do(urge, key="1") == UrgeResult(True, None, False, 0)


@pytest.mark.parametrize(
    ("status", "reason", "instead"),
    [
        (OrderStatus.pending_payment, Reason.not_paid, Alternative.pay),
        (OrderStatus.delivered, Reason.already_delivered, Alternative.report_problem),
        (OrderStatus.completed, Reason.already_delivered, Alternative.report_problem),
        (OrderStatus.cancelled, Reason.already_cancelled, Alternative.order_again),
    ],
)
async def test_what_cannot_be_urged(
    sessions: Sessions, status: OrderStatus, reason: Reason, instead: Alternative
) -> None:
    scene = await urge_scene(sessions, 1, status=status)
    with pytest.raises(Refused) as refusal:
        await scene.do(urge, key="1")
    assert (refusal.value.reason, refusal.value.alternative) == (reason, instead)


async def invoiced(scene: Scene, key: str = "1", **values: Any) -> Invoice:
    return await scene.do(request_invoice, **{"title": "个人", "tax_number": None, "key": key} | values)


@pytest.mark.parametrize(
    ("title", "tax_number", "stored"),
    [
        ("个人", None, ("个人", None)),
        (" 阿里木 ", " ", ("阿里木", None)),
        ("喀什 某某有限公司", "9135 0100 m000 100y-43", ("喀什 某某有限公司", CODE)),
        ("ئايگۈل", None, ("ئايگۈل", None)),
    ],
)
async def test_an_invoice_is_wished(
    sessions: Sessions, title: str, tax_number: str | None, stored: tuple[str, str | None]
) -> None:
    invoice = await invoiced(await scene_of(sessions), title=title, tax_number=tax_number)
    assert (invoice.title, invoice.tax_number) == stored
    assert invoice.issued_at is None


async def test_an_invoice_is_one_an_order_and_can_be_corrected(sessions: Sessions) -> None:
    scene = await scene_of(sessions)
    first = await asyncio.gather(*(invoiced(scene) for _ in range(3)))
    corrected = await invoiced(scene, "2", title="某某公司", tax_number=CODE)
    assert {invoice.id for invoice in first} == {corrected.id}
    assert (await invoiced(scene)).title == "某某公司"
    async with transaction(sessions) as session:
        assert await session.scalar(select(func.count()).select_from(Invoice)) == 1


async def test_an_issued_invoice_is_a_persons_business(sessions: Sessions) -> None:
    scene = await scene_of(sessions)
    invoice = await invoiced(scene)
    async with transaction(sessions) as session:
        (await session.get_one(Invoice, invoice.id)).issued_at = factories.NOON
    with pytest.raises(Refused) as refusal:
        await invoiced(scene, "2", title="某某公司")
    assert (refusal.value.reason, refusal.value.alternative) == (
        Reason.already_invoiced,
        Alternative.talk_to_human,
    )
    assert refusal.value.facts == {"issued_at": factories.NOON}


@pytest.mark.parametrize(
    ("values", "status", "reason", "instead"),
    [
        ({"title": " "}, OrderStatus.paid, Reason.bad_title, None),
        ({"title": "12345"}, OrderStatus.paid, Reason.bad_title, None),
        ({"title": "某" * 101}, OrderStatus.paid, Reason.bad_title, None),
        ({"tax_number": CODE[:-1] + "4"}, OrderStatus.paid, Reason.bad_tax_number, None),
        ({}, OrderStatus.pending_payment, Reason.not_paid, Alternative.pay),
        ({}, OrderStatus.cancelled, Reason.already_cancelled, Alternative.order_again),
    ],
)
async def test_what_is_no_invoice(
    sessions: Sessions,
    values: dict[str, Any],
    status: OrderStatus,
    reason: Reason,
    instead: Alternative | None,
) -> None:
    scene = await scene_of(sessions, factories.order_of(item_of(), status=status))
    with pytest.raises(Refused) as refusal:
        await invoiced(scene, **values)
    assert (refusal.value.reason, refusal.value.alternative) == (reason, instead)


async def test_a_shop_may_leave_invoices_to_a_person(sessions: Sessions) -> None:
    scene = await scene_of(sessions, invoice_allowed=False)
    with pytest.raises(Refused) as refusal:
        await invoiced(scene)
    assert (refusal.value.reason, refusal.value.alternative) == (Reason.no_invoice, Alternative.talk_to_human)


async def test_a_shop_by_its_slug(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await store_shop(session, "demo", damage_window_hours=24, damage_share="0.5")
        shop = await shop_by_slug(session, "demo")
        assert shop is not None
        assert rules_of(shop) == ShopRules(damage_window_hours=24, damage_share=Decimal("0.5"))
        assert await shop_by_slug(session, "none") is None
