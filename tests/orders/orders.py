"""Orders as a seller's program sends them, and kuaidi100's pushes."""

import hashlib
import json
import uuid
from typing import Any

import httpx

SALT = "a-salt-of-the-shop"


def an_order(**values: Any) -> dict[str, Any]:
    """Flat: one item, one parcel if `tracking_number` is given."""
    order = {
        "order_number": f"20261118{uuid.uuid4().int % 10**10:010}",
        "ordered_at": "2026-11-18 10:30:00",
        "status": "shipped",
        "buyer_name": "阿里木",
        "buyer_phone": "13899991234",
        "address": "新疆喀什地区喀什市解放北路1号",
        "sku": "DATE-1",
        "product": "和田红枣 500克",
        "quantity": 2,
        "unit_price": "39.90",
        "carrier": "YTO",
    }
    return {**order, **values}


def a_push(number: str, *lines: tuple[str, str, str], state: str = "0", **last: Any) -> str:
    """The `param` of a push; lines are (time, status code, words), the newest first."""
    data = [
        {"context": words, "time": at, "ftime": at, "areaName": "新疆,喀什地区,喀什市", "statusCode": code}
        for at, code, words in lines
    ]
    result = {
        "message": "ok",
        "state": state,
        "status": "200",
        "ischeck": "0",
        "com": "yuantong",
        "nu": number,
    }
    told = {
        "status": "polling",
        "billstatus": "got",
        "message": "",
        "lastResult": {**result, "data": data, **last},
    }
    return json.dumps(told, ensure_ascii=False)


def send_push(base: str, shop: str, param: str, salt: str = SALT) -> httpx.Response:
    sign = hashlib.md5((param + salt).encode()).hexdigest().upper()
    form = {"param": param, "sign": sign}
    return httpx.post(f"{base}/callbacks/kuaidi100/{shop}", data=form, trust_env=False, timeout=30)
