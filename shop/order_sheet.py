"""A table of orders, one line an item: which column is which, and what a line says.

Besides the contract's names and their Chinese and Uyghur translations, the titles are those of the large
platforms' exports (Taobao, Pinduoduo, Youzan, Weidian, Douyin). Of several titles for a field the first that
a file has counts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from shop.carriers import shown_carrier
from shop.incoming import RANK, Incoming, Item, Parcel
from shop.models import OrderStatus
from shop.moments import china_date
from shop.numbers import plain_number
from shop.order_fields import READERS, Bad, Trouble, read
from shop.tables import Column

_TITLES: Final[dict[str, str]] = {
    "order_number": "订单号|订单编号|主订单编号|订单ID|交易号|زاكاز نومۇرى",
    "ordered_at": "下单时间|订单创建时间|订单成交时间|创建时间|订单提交时间|订单时间|付款时间|"
    "支付时间|买家付款时间|订单付款时间|زاكاز ۋاقتى",
    "status": "订单状态|状态|交易状态|زاكاز ھالىتى",
    "buyer_name": "收货人|收货人姓名|收件人|收件人姓名|收货人/提货人|买家姓名|姓名|تاپشۇرۇۋالغۇچى",
    "buyer_phone": "手机号|手机|手机号码|联系手机|收货人手机|收货人手机号|收件人手机|收件人手机号|"
    "收货人手机号/提货人手机号|联系电话|收件人电话|收货人电话|电话|تېلېفون نومۇرى",
    "address": "收货地址|详细地址|收件地址|收件人地址|收货人地址|详细收货地址|"
    "详细收货地址/提货地址|街道|地址|ئادرېس",
    "sku": "商家编码-SKU维度|规格编码|SKU编码|商家编码|外部系统编号|商品编码|货号|商品货号|مال كودى",
    "product": "商品名称|商品|宝贝标题|宝贝名称|商品标题|全部商品名称|标题|品名|مال نامى|مال",
    "quantity": "数量|商品数量|商品数量(件)|购买数量|宝贝数量|宝贝总数量|件数|سانى|مىقدارى",
    "unit_price": "单价|商品单价|商品价格|宝贝单价|价格|بىرلىك باھا|باھا",
    "carrier": "快递公司|物流公司|承运公司|快递|يوللانما شىركىتى",
    "tracking_number": "快递单号|物流单号|运单号|运单编号|物流运单号|يوللانما نومۇرى",
    "shipped_at": "发货时间|ئەۋەتىلگەن ۋاقتى",
    "delivered_at": "签收时间|确认收货时间|收货时间|订单签收时间|تاپشۇرۇۋېلىنغان ۋاقتى",
    "freight": "运费|邮费|邮费(元)|买家应付邮费|快递费|توشۇش ھەققى",
    # of the platforms' exports alone
    "variant": "商品规格|规格|商品属性|型号|规格名称|SKU名称",
    "total": "商品总价|商品总价(元)|商品金额|买家应付货款|用户实付金额|买家实际支付金额|买家实付金额|"
    "实付金额|总金额|订单金额|实收金额",
    "province": "省|省份|收货省份|收件省",
    "city": "市|城市|收货城市|收件市",
    "district": "区|区县|收货区县|收件区县",
}
COLUMNS: Final = tuple(
    Column(name, tuple(titles.split("|")), several=True) for name, titles in _TITLES.items()
)
REQUIRED: Final = (
    "order_number",
    "ordered_at",
    "status",
    "buyer_name",
    "buyer_phone",
    "address",
    "product",
    "quantity",
    "unit_price",
)
CONTRACT: Final = tuple(name for name in READERS if name != "freight")
"""The columns of our own format, in its order."""

MOST_LINES = 300_000


def missing(found: Mapping[str, object] | Sequence[str]) -> list[str]:
    """The fields that must have a column and have none; a sum stands in for a price."""
    return [
        name for name in REQUIRED if name not in found and not (name == "unit_price" and "total" in found)
    ]


def read_line(values: Mapping[str, str]) -> dict[str, Any]:
    """A line's fields, ready to be kept as JSON. Raises Bad with the first field that is wrong."""
    cells = dict(values)
    if not cells.get("unit_price") and cells.get("total"):
        cells["unit_price"] = _price_of_one(cells)
    place = [cells.get(name, "") for name in ("province", "city", "district")]
    street = cells.get("address", "")
    cells["address"] = (
        street if not street or street.startswith(place[0] or "\0") else "".join([*place, street])
    )
    told = {name: read(name, cells.get(name, "")) for name in READERS}
    told["product"] = " ".join(filter(None, (told["product"], cells.get("variant", "").strip()[:100])))
    told["carrier"] = shown_carrier(told["carrier"], told["tracking_number"])
    for name in ("shipped_at", "delivered_at"):
        if told[name] and china_date(told[name]) < china_date(told["ordered_at"]):
            raise Bad(Trouble.before_order, name)
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else _plain(value)
        for name, value in told.items()
    }


def _price_of_one(cells: Mapping[str, str]) -> str:
    try:
        total, quantity = read("unit_price", cells["total"]), read("quantity", cells.get("quantity", ""))
    except Bad as bad:
        raise Bad(bad.trouble, "total" if bad.field == "unit_price" else bad.field) from None
    return str(round(total / quantity, 2))


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


def number_of(line: Mapping[str, Any]) -> str:
    return plain_number(line["order_number"])


def goods_of(line: Mapping[str, Any]) -> str:
    """What tells the goods of one order apart."""
    return str(line["sku"] or line["product"])


def order_of_lines(lines: Sequence[Mapping[str, Any]]) -> Incoming:
    """The order that lines of one number make, as `read_line` left them."""
    first = lines[0]
    parcels = {line["tracking_number"]: line for line in lines if line["tracking_number"]}
    return Incoming(
        order_number=first["order_number"],
        ordered_at=datetime.fromisoformat(first["ordered_at"]),
        buyer_name=first["buyer_name"],
        buyer_phone=first["buyer_phone"],
        address=first["address"],
        status=_status(lines),
        freight=max(Decimal(line["freight"]) for line in lines),
        items=tuple(
            Item(line["product"], line["quantity"], Decimal(line["unit_price"]), line["sku"])
            for line in lines
        ),
        parcels=tuple(
            Parcel(number, line["carrier"], _time(line["shipped_at"]), _time(line["delivered_at"]))
            for number, line in parcels.items()
        ),
        shipped_at=_time(first["shipped_at"]),
        delivered_at=_time(first["delivered_at"]),
    )


def _time(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept else None


def _status(lines: Sequence[Mapping[str, Any]]) -> OrderStatus:
    """Lines may have come to different states: sent is what has a part on its way, delivered what has all."""
    found = {OrderStatus(line["status"]) for line in lines}
    living = sorted(found - {OrderStatus.cancelled}, key=RANK.__getitem__)
    if not living:
        return OrderStatus.cancelled
    partly = RANK[living[-1]] >= RANK[OrderStatus.shipped] > RANK[living[0]]
    return OrderStatus.shipped if partly else living[0]
