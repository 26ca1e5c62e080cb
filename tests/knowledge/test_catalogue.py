"""Which products a text names."""

import pytest
from sqlalchemy import select

from knowledge.catalogue import find_products
from shop.database import Sessions
from shop.models import Product, Shop


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
