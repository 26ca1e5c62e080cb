"""Holds a written conversation with the running product, as a shopper's browser would; looks at its traces.

A conversation is a YAML file (see README.md beside this file).
"""

import io
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import yaml
from PIL import Image
from psycopg.rows import dict_row

WAIT = 25  # seconds for one answer
STEP = frozenset(("shopper", "press", "picture", "bot", "not", "buttons", "mode", "language"))
FACTS = frozenset(
    ("status", "address", "recipient", "phone", "items", "due", "returns", "refunds", "invoice", "log")
)


@dataclass(frozen=True)
class Said:
    """The replies to one message."""

    text: str
    firsts: tuple[str, ...]  # each reply's first character
    buttons: dict[str, str]  # title → payload
    mode: str
    language: str


@dataclass
class Shopper:
    """A browser with its own session."""

    client: httpx.Client
    last: Said | None = None
    transcript: list[str] = field(default_factory=list)

    def write(self, text: str, title: str | None = None) -> Said:
        self.transcript.append(f"> {title or text}")
        message = {"message_id": uuid.uuid4().hex, "text": text, "title": title}
        return self._hear(self.client.post(f"messages?wait={WAIT}", json=message))

    def press(self, title: str) -> Said:
        """Press the one button of the last answer whose title is, or holds, `title`."""
        assert self.last is not None, "no button before the first answer"
        titles = [one for one in self.last.buttons if title == one] or [
            one for one in self.last.buttons if title in one
        ]
        assert len(titles) == 1, f"button {title!r} is not there once: {list(self.last.buttons)}\n{self}"
        return self.write(self.last.buttons[titles[0]], titles[0])

    def send_picture(self) -> Said:
        self.transcript.append("> (a picture)")
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), "brown").save(picture, "PNG")
        file = {"file": ("picture.png", picture.getvalue(), "image/png")}
        return self._hear(self.client.post(f"images?wait={WAIT}", files=file))

    def _hear(self, response: httpx.Response) -> Said:
        assert response.status_code == 200, f"{response.status_code} {response.text}\n{self}"
        body = response.json()
        replies = body["messages"]
        self.transcript += [f"  {reply['text']}" for reply in replies]
        for reply in replies:
            titles = [button["title"] for button in reply["buttons"]]
            assert len(titles) == len(set(titles)), f"a button twice: {titles}\n{self}"
        buttons = {b["title"]: b["payload"] for reply in replies for b in reply["buttons"]}
        if buttons:
            self.transcript.append(f"  [{'] ['.join(buttons)}]")
        self.last = Said(
            text="\n".join(reply["text"] for reply in replies),
            firsts=tuple(reply["text"][:1] for reply in replies),
            buttons=buttons,
            mode=body["mode"],
            language=body["language"],
        )
        return self.last

    def __str__(self) -> str:
        return "\n".join(self.transcript)


@contextmanager
def enter(base: str, slug: str, language: str) -> Iterator[Shopper]:
    address = f"{base}/channels/web/{slug}/"
    with httpx.Client(base_url=address, timeout=WAIT + 5, trust_env=False) as client:
        token = client.post("sessions", json={"language": language}).raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield Shopper(client)


def read(path: Path) -> dict[str, Any]:
    """A conversation, its keys checked: a misspelt expectation would otherwise expect nothing."""
    conversation = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(conversation) <= {"about", "language", "steps", "database"}, f"{path.name}: unknown key"
    for step in conversation["steps"]:
        assert set(step) <= STEP, f"{path.name}: unknown key in {step}"
        assert len({"shopper", "press", "picture"} & set(step)) == 1, f"{path.name}: who speaks in {step}?"
    for name, facts in conversation.get("database", {}).items():
        assert name == "handovers" or set(facts) <= FACTS, f"{path.name}: unknown fact of {name}"
    return conversation


def play(shopper: Shopper, conversation: dict[str, Any]) -> None:
    """Say every line and check every answer. What a step does not mention must stay as it was."""
    mode, language = "bot", conversation["language"]
    for step in conversation["steps"]:
        if "shopper" in step:
            said = shopper.write(step["shopper"])
        elif "press" in step:
            said = shopper.press(step["press"])
        else:
            said = shopper.send_picture()
        mode, language = step.get("mode", mode), step.get("language", language)
        assert (said.mode, said.language) == (mode, language), f"mode or language\n{shopper}"
        _check_form(said, shopper)
        for wanted in step.get("bot", []):
            assert wanted in said.text, f"not said: {wanted}\n{shopper}"
        for unwanted in step.get("not", []):
            assert unwanted not in said.text, f"said: {unwanted}\n{shopper}"
        for title in step.get("buttons", []):
            assert any(title in one for one in said.buttons), f"no button: {title}\n{shopper}"


def _check_form(said: Said, shopper: Shopper) -> None:
    """True of every answer: it says something, all is filled in, and Uyghur runs from right to left."""
    assert said.text.strip(), f"silence\n{shopper}"
    assert not re.search(r"[{}]|None", said.text), f"something is not filled in\n{shopper}"
    if said.language == "ug":
        assert all(ord(first) > 0x600 for first in said.firsts), f"begins left to right\n{shopper}"


def traces(database_url: str, slug: str, orders: list[str]) -> dict[str, Any]:
    """What is left behind: handovers, the named orders, and every other order that was touched."""
    with psycopg.connect(database_url.replace("+psycopg", "", 1), row_factory=dict_row) as connection:
        shop = _one(connection, "SELECT id FROM shop WHERE slug = %s", slug)["id"]
        touched = _all(
            connection,
            'SELECT DISTINCT o.order_number FROM operation p JOIN "order" o ON o.id = p.order_id '
            "WHERE p.shop_id = %s",
            shop,
        )
        handovers = _all(
            connection,
            "SELECT h.reason FROM handover h JOIN conversation c ON c.id = h.conversation_id "
            "WHERE c.shop_id = %s ORDER BY h.id",
            shop,
        )
        numbers = {*orders, *(row["order_number"] for row in touched)}
        found: dict[str, Any] = {number: _order(connection, shop, number) for number in numbers}
        return {"handovers": [row["reason"] for row in handovers], **found}


def _order(connection: psycopg.Connection[dict[str, Any]], shop: int, number: str) -> dict[str, Any]:
    order = _one(connection, 'SELECT * FROM "order" WHERE shop_id = %s AND order_number = %s', shop, number)
    key = order["id"]
    items = _all(connection, "SELECT sku, quantity FROM order_item WHERE order_id = %s", key)
    invoice = _all(connection, "SELECT title, tax_number FROM invoice WHERE order_id = %s", key)
    refunds = _all(connection, "SELECT amount, status FROM refund WHERE order_id = %s ORDER BY id", key)
    log = _all(connection, "SELECT kind FROM operation WHERE order_id = %s ORDER BY id", key)
    return {
        "status": order["status"],
        "address": order["address"],
        "recipient": order["buyer_name"],
        "phone": order["buyer_phone"],
        "due": str(order["amount_due"]),
        "items": {item["sku"]: item["quantity"] for item in items},
        "invoice": invoice[0] if invoice else None,
        "refunds": [f"{refund['amount']} {refund['status']}" for refund in refunds],
        "returns": _returns(connection, key),
        "log": [row["kind"] for row in log],
    }


def _returns(connection: psycopg.Connection[dict[str, Any]], order: int) -> list[dict[str, Any]]:
    requests = _all(connection, "SELECT * FROM return_request WHERE order_id = %s ORDER BY id", order)
    told = []
    for request in requests:
        items = _all(
            connection,
            "SELECT i.sku, r.quantity FROM return_item r JOIN order_item i ON i.id = r.order_item_id "
            "WHERE r.return_request_id = %s",
            request["id"],
        )
        told.append(
            {
                "kind": request["kind"],
                "status": request["status"],
                "reason": request["reason"],
                "amount": str(request["amount"]),
                "freight": request["freight_payer"],
                "photos": len(request["photos"]),
                "items": {item["sku"]: item["quantity"] for item in items},
            }
        )
    return told


def _all(connection: psycopg.Connection[dict[str, Any]], query: str, *values: object) -> list[dict[str, Any]]:
    return connection.execute(query, values).fetchall()  # type: ignore[arg-type]


def _one(connection: psycopg.Connection[dict[str, Any]], query: str, *values: object) -> dict[str, Any]:
    row = connection.execute(query, values).fetchone()  # type: ignore[arg-type]
    assert row is not None, f"nothing found for {values}"
    return row
