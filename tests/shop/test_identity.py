"""Proving an order, the locks against guessing, and the one door to an order."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from shop.database import Sessions, transaction
from shop.errors import NotProven
from shop.identity import ProofResult, is_locked, order_of, orders_of, prove
from shop.models import Order, OrderStatus, Proof, ProofAttempt, Shop
from tests.shop import factories
from tests.shop.factories import (
    NOON,
    Scene,
    item_of,
    product_of,
    scene_of,
    shipment_of,
    store_order,
    store_shop,
)

MINUTE = timedelta(minutes=1)
RIGHT, WRONG = "5678", "0000"
proven, wrong, locked = ProofResult.proven, ProofResult.wrong, ProofResult.locked


@pytest.fixture
async def scene(sessions: Sessions) -> Scene:
    return await scene_of(sessions)


async def tried(scene: Scene, digits: str, now: datetime = NOON, **who: Any) -> ProofResult:
    return await scene.do(prove, digits=digits, now=now, **who)


def stranger() -> uuid.UUID:
    return uuid.uuid4()


@pytest.mark.parametrize(
    ("number", "digits", "expected"),
    [
        ("202611200001", "5678", proven),
        ("2026-1120 0001", "5678", proven),
        ("２０２６１１２００００１", "５６７８", proven),
        ("٢٠٢٦١١٢٠٠٠٠١", "٥٦٧٨", proven),
        ("202611200001", "13812345678", proven),
        ("202611200001", "138 1234 5678", proven),
        ("202611200001", "13912345678", wrong),
        ("202611200001", "5679", wrong),
        ("202611200001", "678", wrong),
        ("202611200001", "", wrong),
        ("202611200001", "一二三四", wrong),
        ("202611200002", "5678", wrong),
        ("", "", wrong),
        ("9" * 500, "5678", wrong),
    ],
)
async def test_number_and_last_digits_prove(
    scene: Scene, number: str, digits: str, expected: ProofResult
) -> None:
    me = stranger()
    assert await tried(scene, digits, contact_id=me, order_number=number) is expected
    assert len(await scene.do(seen, contact_id=me)) == (1 if expected is proven else 0)


async def seen(session: Any, **who: Any) -> list[Order]:
    return await orders_of(session, shop_id=who["shop_id"], contact_id=who["contact_id"])


async def test_a_stored_number_with_hyphens_and_letters_is_found(sessions: Sessions) -> None:
    scene = await scene_of(sessions, factories.order_of(item_of(), order_number="XJ-2026 0001"))
    assert await tried(scene, RIGHT, contact_id=stranger(), order_number="xj20260001") is proven
    assert (await scene.do(order_of, order_number="xj 2026-0001")).order_number == "XJ-2026 0001"


async def test_an_order_without_a_phone_is_proved_by_nothing(sessions: Sessions) -> None:
    scene = await scene_of(sessions, factories.order_of(item_of(), buyer_phone=""))
    for digits in ("", "0000"):
        assert await tried(scene, digits, contact_id=stranger()) is wrong


async def test_proving_twice_links_once(scene: Scene) -> None:
    me = stranger()
    assert [await tried(scene, RIGHT, contact_id=me) for _ in range(2)] == [proven, proven]
    async with transaction(scene.sessions) as session:
        assert await session.scalar(select(func.count()).where(Proof.contact_id == me)) == 1


async def test_the_third_wrong_try_locks_for_fifteen_minutes(scene: Scene) -> None:
    me = stranger()
    for minute, number in ((0, "1"), (7, "2"), (14, "3")):
        assert await tried(scene, WRONG, NOON + minute * MINUTE, contact_id=me, order_number=number) is wrong
    third = NOON + 14 * MINUTE
    # The first try is then long out of the window: the lock must not end with it.
    for later in (timedelta(0), 2 * MINUTE, 15 * MINUTE - timedelta(seconds=1)):
        assert await scene.do(locked_now, contact_id=me, now=third + later)
        assert await tried(scene, RIGHT, third + later, contact_id=me) is locked
    assert not await scene.do(locked_now, contact_id=me, now=third + 15 * MINUTE)
    assert await tried(scene, RIGHT, third + 15 * MINUTE, contact_id=me) is proven


async def locked_now(session: Any, *, order_number: str, **who: Any) -> bool:
    return await is_locked(session, **who)


async def test_tries_further_apart_do_not_lock(scene: Scene) -> None:
    me = stranger()
    for minute in (0, 8, 15, 23, 30):
        at = NOON + minute * MINUTE
        assert await tried(scene, WRONG, at, contact_id=me, order_number=str(minute)) is wrong
    assert await tried(scene, RIGHT, NOON + 31 * MINUTE, contact_id=me) is proven


async def test_tries_while_locked_do_not_prolong_the_lock(scene: Scene) -> None:
    me = stranger()
    for number in "123":
        await tried(scene, WRONG, contact_id=me, order_number=number)
    for minute in range(1, 15):
        assert await tried(scene, WRONG, NOON + minute * MINUTE, contact_id=me, order_number="4") is locked
    assert await tried(scene, WRONG, NOON + 15 * MINUTE, contact_id=me, order_number="5") is wrong
    assert await tried(scene, RIGHT, NOON + 15 * MINUTE, contact_id=me) is proven


@pytest.mark.parametrize("number", ["202611200001", "209900000000"])
async def test_new_contacts_do_not_help_to_guess_an_order_known_or_not(scene: Scene, number: str) -> None:
    spellings = (number, f"{number[:4]}-{number[4:]}", f"{number[:4]} {number[4:]}")
    answers = [await tried(scene, WRONG, contact_id=stranger(), order_number=one) for one in spellings]
    assert answers == [wrong, wrong, wrong]
    fresh = stranger()
    assert await tried(scene, RIGHT, contact_id=fresh, order_number=number) is locked
    assert not await scene.do(locked_now, contact_id=fresh, now=NOON)  # the order is, the contact is not
    expected = proven if number == "202611200001" else wrong
    later = NOON + 15 * MINUTE
    assert await tried(scene, RIGHT, later, contact_id=fresh, order_number=number) is expected


async def test_a_right_try_does_not_wipe_out_wrong_ones(scene: Scene) -> None:
    """Else anyone with an order of their own could guess for ever, two tries at a time."""
    me = stranger()
    for number in "12":
        await tried(scene, WRONG, contact_id=me, order_number=number)
    assert await tried(scene, RIGHT, contact_id=me) is proven
    assert await tried(scene, WRONG, contact_id=me, order_number="3") is wrong
    assert await tried(scene, RIGHT, contact_id=me) is locked


async def test_parallel_tries_of_one_contact_do_not_slip_by(scene: Scene) -> None:
    me = stranger()
    tries = (tried(scene, WRONG, contact_id=me, order_number=str(number)) for number in range(8))
    answers = await asyncio.gather(*tries)
    assert sorted(answers) == [locked] * 5 + [wrong] * 3


async def test_parallel_tries_on_one_order_do_not_slip_by(scene: Scene) -> None:
    answers = await asyncio.gather(*(tried(scene, WRONG, contact_id=stranger()) for _ in range(8)))
    assert sorted(answers) == [locked] * 5 + [wrong] * 3


async def test_a_contact_waits_for_its_own_uncommitted_try(scene: Scene) -> None:
    me = stranger()
    for number in "12":
        await tried(scene, WRONG, contact_id=me, order_number=number)
    who = {"shop_id": scene.who["shop_id"], "contact_id": me, "now": NOON}
    async with transaction(scene.sessions) as session:
        assert await prove(session, order_number="3", digits=WRONG, **who) is wrong
        second = asyncio.create_task(tried(scene, RIGHT, contact_id=me))
        done, _ = await asyncio.wait([second], timeout=0.3)
        assert not done
    assert await second is locked


async def test_locks_of_one_shop_do_not_reach_another(scene: Scene) -> None:
    me = stranger()
    for _ in range(3):
        await tried(scene, WRONG, contact_id=me)
    async with transaction(scene.sessions) as session:
        other = await store_shop(session, "other")
        await store_order(session, other, factories.order_of(item_of()))
    assert await tried(scene, RIGHT, contact_id=me, shop_id=other.id) is proven


async def test_a_naive_time_is_refused(scene: Scene) -> None:
    with pytest.raises(ValueError, match="time zone"):
        await tried(scene, RIGHT, datetime(2026, 11, 20, 12))  # noqa: DTZ001 - the point


async def test_a_wrong_try_is_stored_as_plain_number_in_utc(scene: Scene) -> None:
    await tried(scene, WRONG, contact_id=stranger(), order_number=" 2026-1120 0001 ")
    async with transaction(scene.sessions) as session:
        attempt = (await session.scalars(select(ProofAttempt))).one()
    assert (attempt.order_number, attempt.at.astimezone(UTC)) == ("202611200001", NOON)


@pytest.mark.parametrize("lock", [False, True])
async def test_an_order_comes_whole(sessions: Sessions, lock: bool) -> None:
    order = factories.order_of(item_of(product_of(), 2), shipments=[shipment_of()], freight=Decimal(8))
    scene = await scene_of(sessions, order)
    loaded = await scene.do(order_of, lock=lock)
    assert loaded.items[0].product is not None
    assert (loaded.total, loaded.returns, loaded.refunds) == (Decimal("58.00"), [], [])
    assert loaded.shipments[0].events == []
    assert loaded.ordered_at.tzinfo is not None


@pytest.mark.parametrize("lock", [False, True])
async def test_no_order_nobodys_order_and_anothers_shop_look_the_same(scene: Scene, lock: bool) -> None:
    async with transaction(scene.sessions) as session:
        other = await store_shop(session, "other")
        theirs = factories.order_of(item_of(), order_number="77", buyer_phone="13900001111")
        await store_order(session, await session.merge(other), theirs)
    refusals = []
    for who in (
        {"order_number": "202699999999"},
        {"order_number": ""},
        {"contact_id": stranger()},
        {"shop_id": other.id},
        {"shop_id": other.id, "order_number": "77"},
        {"order_number": "77"},
    ):
        with pytest.raises(NotProven) as refusal:
            await scene.do(order_of, lock=lock, **who)
        refusals.append(str(refusal.value))
    assert set(refusals) == {"order not proven"}


async def test_the_same_number_in_two_shops_is_two_orders(scene: Scene) -> None:
    async with transaction(scene.sessions) as session:
        other = await store_shop(session, "other")
        await store_order(session, other, factories.order_of(item_of(), buyer_phone="13900001111"))
    assert await tried(scene, "1111", contact_id=stranger()) is wrong
    assert await tried(scene, "1111", contact_id=stranger(), shop_id=other.id) is proven


async def test_a_lock_makes_the_second_wait_and_read_afresh(scene: Scene) -> None:
    async with transaction(scene.sessions) as first, transaction(scene.sessions) as second:
        stale = await order_of(second, **scene.who)  # kept in the second session's memory, as paid
        order = await order_of(first, **scene.who, lock=True)
        waiting = asyncio.create_task(order_of(second, **scene.who, lock=True))
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
        order.status = OrderStatus.shipped
        order.shipments.append(shipment_of())
        await first.commit()
        seen = await waiting
        assert seen is stale
        assert (seen.status, len(seen.shipments)) == (OrderStatus.shipped, 1)


async def test_orders_are_the_proven_customers_newest_first(scene: Scene) -> None:
    async with transaction(scene.sessions) as session:
        first = await session.get_one(Order, scene.order_id)
        for day in (3, 1, 2):
            session.add(
                Order(
                    shop_id=first.shop_id,
                    customer_id=first.customer_id,
                    order_number=f"day{day}",
                    status=OrderStatus.paid,
                    ordered_at=first.ordered_at + timedelta(days=day),
                    buyer_name="",
                    buyer_phone="",
                    address="",
                )
            )
        shop = await session.get_one(Shop, first.shop_id)
        theirs = factories.order_of(
            item_of(product_of(sku="X")), order_number="theirs", buyer_phone="13900001111"
        )
        await store_order(session, shop, theirs)
        mine = {"shop_id": scene.who["shop_id"], "contact_id": scene.who["contact_id"]}
        found = [order.order_number for order in await orders_of(session, **mine)]
        assert found == ["day3", "day2", "day1", "202611200001"]
        assert [order.order_number for order in await orders_of(session, limit=1, **mine)] == ["day3"]
        assert await orders_of(session, shop_id=mine["shop_id"], contact_id=stranger()) == []
        assert await orders_of(session, shop_id=mine["shop_id"] + 1, contact_id=mine["contact_id"]) == []
