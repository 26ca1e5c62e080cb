"""Which products a text names, and when the names are looked up anew."""

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.catalogue import find_products, names_of_products
from shop.database import Sessions
from shop.models import Product, Shop
from tests.shop.factories import product_of


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("哈密瓜多少钱", ["MELON-1", "MELON-2", "MELON-4"]),
        ("西州蜜还有吗", ["MELON-1", "MELON-2", "MELON-4"]),
        ("葡萄干有吗", ["RAISIN-G-05", "RAISIN-G-10"]),
        ("葡萄有吗", ["GRAPE-20"]),
        ("葡萄和葡萄干", ["GRAPE-20", "RAISIN-G-05", "RAISIN-G-10"]),
        ("无花果干", ["DRIEDFIG-025"]),
        ("无花果", ["FIG-12"]),
        ("红枣1公斤的多少钱", ["JUJUBE-10"]),
        ("红枣11公斤", ["JUJUBE-05", "JUJUBE-10", "JUJUBE-25"]),
        ("红色的丝巾", ["SCARF-RED"]),
        ("核桃跟巴旦木", ["WALNUT-10", "WALNUT-25", "ALMOND-05", "ALMOND-10"]),
        ("قوغۇن قانچە پۇل", ["MELON-1", "MELON-2", "MELON-4"]),
        ("قوغۇننى ئالسام", ["MELON-1", "MELON-2", "MELON-4"]),
        ("قوغۇنلاردىن بارمۇ", ["MELON-1", "MELON-2", "MELON-4"]),
        ("ئالمىنىڭ باھاسى قانچە", ["APPLE-25", "APPLE-50"]),
        ("ئالماڭلار بارمۇ", ["APPLE-25", "APPLE-50"]),
        ("مالنى ئالماشتۇرۇپ بېرىڭ", []),
        ("ئالمايمەن", []),
        ("ئالمىسام بولامدۇ", []),
        ("ياڭىقىڭلار يېڭىمۇ", ["WALNUT-10", "WALNUT-25"]),
        ("قۇرۇق ئۈزۈمدىن 1 كىلوگرام", ["RAISIN-G-10"]),
        ("ئۈزۈم بارمۇ", ["GRAPE-20"]),
        ("گىلەملەر بارمۇ", ["CARPET-CUSTOM"]),
        ("گىلىمىڭىز", ["CARPET-CUSTOM"]),
        ("ئۆرۈك قېقىنى", ["APRICOT-05", "APRICOT-10"]),
        ("qoghun qanche pul", ["MELON-1", "MELON-2", "MELON-4"]),
        ("қоғун барму", ["MELON-1", "MELON-2", "MELON-4"]),
        ("بۇ 苹果 بارمۇ", ["APPLE-25", "APPLE-50"]),
        ("你好", []),
        ("", []),
    ],
)
async def test_products_are_found(demo: Sessions, text: str, skus: list[str]) -> None:
    async with demo() as session:
        shop = await session.scalar(select(Shop).where(Shop.slug == "demo"))
        assert shop is not None
        found = await find_products(session, shop_id=shop.id, text=text)
    assert [product.sku for product in found] == skus


async def test_every_product_is_found_by_all_its_names(demo: Sessions) -> None:
    async with demo() as session:
        shop = await session.scalar(select(Shop).where(Shop.slug == "demo"))
        assert shop is not None
        for product in (await session.scalars(select(Product))).all():
            for name in (*product.name.values(), *product.aliases):
                found = await find_products(session, shop_id=shop.id, text=f"{name}，")
                assert product.id in {one.id for one in found}, (product.sku, name)


async def test_products_of_another_shop_are_not_found(demo: Sessions) -> None:
    async with demo() as session:
        other = Shop(slug="other", name={"zh": "别家"})
        session.add(other)
        await session.flush()
        assert await find_products(session, shop_id=other.id, text="哈密瓜") == []


async def version(session: AsyncSession, shop_id: int) -> int | None:
    return await session.scalar(select(Shop.catalogue_version).where(Shop.id == shop_id))


async def test_the_version_rises_when_names_change(sessions: Sessions) -> None:
    async with sessions() as session:
        shop, other = Shop(slug="one", name={"zh": "一"}), Shop(slug="two", name={"zh": "二"})
        session.add_all([shop, other])
        await session.flush()
        assert await version(session, shop.id) == 0
        session.add_all([product_of(sku=f"S{n}", shop_id=shop.id) for n in range(3)])
        await session.flush()
        added = await version(session, shop.id)
        assert added
        one = Product.sku == "S1"
        await session.execute(update(Product).where(one).values(stock=7, price=3))
        assert await version(session, shop.id) == added
        await session.execute(update(Product).where(one).values(aliases=["新名"]))
        assert await version(session, shop.id) == added + 1
        await session.execute(delete(Product).where(one))
        assert await version(session, shop.id) == added + 2
        assert await version(session, other.id) == 0


async def test_a_shop_can_go_with_its_products(sessions: Sessions) -> None:
    async with sessions() as session:
        shop = Shop(slug="one", name={"zh": "一"})
        session.add(shop)
        await session.flush()
        session.add(product_of(shop_id=shop.id))
        await session.flush()
        await session.execute(delete(Shop))
        assert (await session.scalars(select(Product))).all() == []


async def test_a_new_name_is_found_at_once(sessions: Sessions) -> None:
    async with sessions() as session:
        shop = Shop(slug="one", name={"zh": "一"})
        session.add(shop)
        await session.flush()
        assert await find_products(session, shop_id=shop.id, text="鹰嘴豆") == []
        beans = product_of(shop_id=shop.id, name={"zh": "鹰嘴豆", "ug": "نوقۇت"})
        session.add(beans)
        await session.flush()
        assert await find_products(session, shop_id=shop.id, text="نوقۇتنى ئالاي") == [beans]
        assert await names_of_products(session, shop_id=shop.id) == [{"name": beans.name, "aliases": []}]
