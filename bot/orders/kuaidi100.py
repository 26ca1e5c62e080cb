"""The couriers' news as kuaidi100 (快递100) pushes them: `POST /callbacks/kuaidi100/{shop}`.

That service's push, as its documents and SDK have it: a form with `param`, a JSON text, and `sign`, the MD5
of that text and the shop's own salt in capitals. Each push holds all of a parcel's news, the newest first, so
what was missed once comes again. Whatever is not answered with `result: true` is pushed three times more.
"""

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from bot.channels.rate import Rate
from bot.metrics import CALLBACKS
from bot.orders.secrets import KUAIDI100, secret_of
from bot.vault import Vault, WrongKey
from shop.database import Sessions, transaction
from shop.errors import UnknownParcel
from shop.models import TrackingStatus
from shop.moments import utc
from shop.order_fields import Bad, read
from shop.shops import shop_by_slug
from shop.tracking import record_event

MOST_EVENTS = 500

logger = logging.getLogger(__name__)
routes = APIRouter(tags=["callbacks"], include_in_schema=False)

_S = TrackingStatus
#: its states: the one digit of a parcel, and the finer ones of a line (its first digits are the parcel's)
STATES: dict[str, TrackingStatus] = {
    "0": _S.in_transit,
    "1": _S.accepted,
    "2": _S.problem,  # 疑难
    "3": _S.delivered,
    "4": _S.returned,  # 退签: signed for by the sender
    "5": _S.out_for_delivery,
    "6": _S.returned,  # 退回: on its way back
    "7": _S.in_transit,  # 转投: handed to another carrier
    "8": _S.in_transit,  # 清关, and its steps
    "10": _S.in_transit,
    "11": _S.in_transit,
    "12": _S.in_transit,
    "13": _S.problem,
    "14": _S.problem,  # 拒签: refused at the door
    "205": _S.at_pickup_point,  # not fetched in time
    "401": _S.problem,  # 已销单
    "501": _S.at_pickup_point,
    "1001": _S.in_transit,  # has come to the buyer's city
    "1002": _S.in_transit,
    "1003": _S.in_transit,
}
#: and as words, where a line has no code
WORDS: dict[str, TrackingStatus] = {
    "揽收": _S.accepted,
    "派件": _S.out_for_delivery,
    "派送": _S.out_for_delivery,
    "投柜或驿站": _S.at_pickup_point,
    "签收": _S.delivered,
    "退签": _S.returned,
    "退回": _S.returned,
    "疑难": _S.problem,
    "拒签": _S.problem,
}
_NOT_YET = ("101", "102")  # ordered, to be collected: no courier has it
_CITY = re.compile(r"[【\[]\s*([\u4e00-\u9fff]{1,10}?(?:市|地区|自治州|州|县))\s*[】\]]")


class Unreadable(Exception):
    """Not what that service sends."""


@dataclass(frozen=True)
class News:
    tracking_number: str
    events: tuple["Event", ...]  # the oldest first


@dataclass(frozen=True)
class Event:
    at: datetime
    status: TrackingStatus
    place: str
    description: str


@dataclass
class Gate:
    """What the route works with."""

    sessions: Sessions
    vault: Vault
    forgeries: Rate


@routes.post("/callbacks/kuaidi100/{shop}")
async def push(shop: str, request: Request) -> JSONResponse:
    gate = cast(Gate, request.app.state.kuaidi100)
    param, sign = await _form(request)
    async with transaction(gate.sessions) as session:
        known = await shop_by_slug(session, shop.replace("\0", "?"))
        salt = ""
        if known is not None:
            try:
                salt = await secret_of(session, gate.vault, known.id, KUAIDI100)
            except WrongKey as error:
                logger.error("a shop's secret cannot be opened: %s", error)
                return _answer("unavailable", 503, "500", "暂时无法处理")
        if known is None or not salt or not is_signed(param, sign, salt):
            address = request.client.host if request.client else ""
            if gate.forgeries.wait_for(address):
                return _answer("too_fast", 429, "429", "请求过快")
            return _answer("forged", 403, "403", "签名不正确")
        try:
            news = read_push(param)
        except Unreadable:
            return _answer("unreadable", 400, "400", "内容无法读取")
        try:
            for event in news.events:
                await record_event(
                    session, shop_id=known.id, tracking_number=news.tracking_number, **vars(event)
                )
        except UnknownParcel:
            return _answer("unknown_parcel", 200, "404", "没有这个运单")
    return _answer("taken", 200, "200", "成功")


async def _form(request: Request) -> tuple[str, str]:
    form = await request.form(max_files=0, max_fields=20)
    fields = [form.get(name) for name in ("param", "sign")]
    param, sign = (field if isinstance(field, str) else "" for field in fields)
    return param, sign


def _answer(became: str, status: int, code: str, message: str) -> JSONResponse:
    CALLBACKS.labels("kuaidi100", became).inc()
    return JSONResponse({"result": code == "200", "returnCode": code, "message": message}, status)


def is_signed(param: str, sign: str, salt: str) -> bool:
    wanted = hashlib.md5((param + salt).encode(), usedforsecurity=False).hexdigest()  # that service's choice
    return hmac.compare_digest(wanted.encode(), sign.strip().lower().encode())


def read_push(param: str) -> News:
    """Raises Unreadable."""
    try:
        told = json.loads(param)
        last = told["lastResult"] or {}
        lines = last.get("data") or []
        number = read("tracking_number", last.get("nu"))
        if not number or not isinstance(lines, list):
            raise Unreadable
        events = list(_events(last, lines[:MOST_EVENTS]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, Bad):
        raise Unreadable from None
    return News(number, tuple(sorted(events, key=lambda event: event.at)))


def _events(last: dict[str, Any], lines: list[dict[str, Any]]) -> Iterator[Event]:
    for place, line in enumerate(lines):
        code = str(line.get("statusCode") or "")
        if code in _NOT_YET:
            continue
        at = read("shipped_at", line.get("ftime") or line["time"])
        description = " ".join(str(line.get("context") or "").split()).replace("\0", "")[:1000]
        yield Event(utc(at), _status(line, code, last if place == 0 else {}), _city(line), description)


def _status(line: dict[str, Any], code: str, parcel: dict[str, Any]) -> TrackingStatus:
    """By the line's own code or word; the newest line, having neither, has the parcel's state."""
    if found := STATES.get(code) or STATES.get(code[:1]):
        return found
    if found := WORDS.get(str(line.get("status") or "")):
        return found
    if str(parcel.get("ischeck")) == "1":
        return TrackingStatus.delivered
    return STATES.get(str(parcel.get("state")), TrackingStatus.in_transit)


def _city(line: dict[str, Any]) -> str:
    """From the area's name ("新疆,喀什地区,喀什市"), else as carriers write it: 【喀什市】."""
    areas = [part.strip() for part in re.split("[,，]", str(line.get("areaName") or "")) if part.strip()]
    if areas:
        return areas[min(1, len(areas) - 1)][:100]
    found = _CITY.search(str(line.get("context") or ""))
    return found[1] if found else ""
