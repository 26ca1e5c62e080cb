"""A peer that speaks WeCom's customer-service API: callbacks that carry only a token, sync_msg with cursors,
session states, messages with ids of our own, welcome codes."""

import asyncio
import itertools
import random
import secrets
import time
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, web

from bot.channels.weixin import xml
from bot.channels.weixin.seal import Seal, signature
from tests.peers.phones import TEXT_BYTES, Phone, Shown, wrote
from tests.peers.weixin import TRIES, WeixinPeer, answer, body_of

SYNC = "/cgi-bin/kf/sync_msg"
SEND = "/cgi-bin/kf/send_msg"
WELCOME = "/cgi-bin/kf/send_msg_on_event"
STATE = "/cgi-bin/kf/service_state/get"
TRANS = "/cgi-bin/kf/service_state/trans"
MEDIA = "/cgi-bin/media/get"
FRESH, BOT, POOL, PERSON, OVER = 0, 1, 2, 3, 4  # session states
ALLOWED = {FRESH: (1, 2, 3, 4), BOT: (1, 2, 3, 4), POOL: (2, 3, 4), PERSON: (3, 4), OVER: ()}


@dataclass
class Corp:
    corp_id: str = "ww5823bf96d3bd56c7"
    secret: str = "corp-secret-0123456789abcdef"
    token: str = "QDG6eK"
    aes_key: str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
    open_kfid: str = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"
    url: str = ""

    @property
    def seal(self) -> Seal:
        return Seal(self.aes_key, self.corp_id)


@dataclass
class Ack:
    """How a callback was acknowledged."""

    status: list[int]
    seconds: list[float]


class WecomPeer(WeixinPeer):
    """`say` and the like are a shopper's doings; `phones` what shoppers see."""

    def __init__(self, corp: Corp | None = None) -> None:
        super().__init__()
        self.corp = corp or Corp()
        self.page = 1000  # messages a sync gives at most
        self.messages: list[dict[str, Any]] = []  # all that can be synced
        self.cursors: list[str] = []  # that were asked with
        self.tokens: set[str] = set()  # of callbacks
        self.codes: set[str] = set()  # welcome codes that were not used
        self.access_token = secrets.token_hex(32)
        self.asked_tokens = 0
        self.taken: set[str] = set()  # message ids of ours
        self.acks: list[Ack] = []
        self._ids = itertools.count(random.randrange(10**18, 10**19))

    def routes(self) -> list[web.RouteDef]:
        return [
            self.get("/cgi-bin/gettoken", self._gettoken),
            self.post(SYNC, self._sync),
            self.post(SEND, self._send),
            self.post(WELCOME, self._welcome),
            self.post(STATE, self._state),
            self.post(TRANS, self._trans),
            self.get(MEDIA, self.file),
            self.get("/cgi-bin/kf/account/list", self._accounts),
        ]

    # --- what a shopper does ------------------------------------------------------------------------------

    def say(self, user: str, text: str, **more: Any) -> Ack:
        """Write, and wait until our callback is acknowledged."""
        return self._wait(self.text(user, text, **more))

    def press(self, user: str, choice: str, words: str) -> Ack:
        """A choice of a menu message: a text with its id."""
        return self._wait(self.text(user, words, menu_id=choice))

    def picture(self, user: str, content: bytes, kind: str = "image/jpeg") -> Ack:
        media_id = secrets.token_hex(8)
        self.media[media_id] = (kind, content)
        return self._wait(self.message(user, "image", {"media_id": media_id}))

    def enter(self, user: str) -> Ack:
        """Open the conversation: an event with a welcome code."""
        code = secrets.token_hex(8)
        self.codes.add(code)
        return self._wait(self.event("enter_session", external_userid=user, scene="", welcome_code=code))

    def notify(self) -> Ack:
        """The callback alone, without anything new."""
        return self._wait(self.push())

    def _wait(self, doing: Any) -> Ack:
        ack = self.run(doing)
        assert isinstance(ack, Ack)
        return ack

    async def text(self, user: str, text: str, **more: Any) -> Ack:
        return await self.message(user, "text", {"content": text, **more})

    async def message(self, user: str, kind: str, content: dict[str, Any], msg_id: str = "") -> Ack:
        self.add(user, kind, content, msg_id)
        return await self.push()

    def add(self, user: str, kind: str, content: dict[str, Any], msg_id: str = "", age: int = 0) -> None:
        """A message that can be synced; no callback yet."""
        phone = self.phones[user]
        wrote(phone)
        if phone.state == OVER:
            phone.state = FRESH
        self._add(
            {"external_userid": user, "origin": 3, "msgtype": kind, kind: content}, msg_id, age, kfid=True
        )

    async def event(self, kind: str, **fields: Any) -> Ack:
        event = {"event_type": kind, "open_kfid": self.corp.open_kfid, **fields}
        self._add({"origin": 4, "msgtype": "event", "event": event})
        return await self.push()

    def _add(self, fields: dict[str, Any], msg_id: str = "", age: int = 0, kfid: bool = False) -> None:
        head = {"msgid": msg_id or self.new_id(), "send_time": int(time.time()) - age}
        self.messages.append({**head, **({"open_kfid": self.corp.open_kfid} if kfid else {}), **fields})

    def new_id(self) -> str:
        return f"m{next(self._ids)}"

    async def push(self, times: int = 1) -> Ack:
        """The callback, with retries where it is not acknowledged; `times` at once."""
        token = secrets.token_hex(20)
        self.tokens.add(token)
        acks = await asyncio.gather(*(self._push(token) for _ in range(times)))
        return acks[0]

    async def _push(self, token: str) -> Ack:
        ack = Ack([], [])
        self.acks.append(ack)
        for _ in range(TRIES):
            begun = time.monotonic()
            url, body = self.callback(token)
            try:
                async with asyncio.timeout(self.patience), self.client.post(url, data=body) as response:
                    ack.status.append(response.status)
                    if response.status == 200:
                        break
            except (ClientError, TimeoutError):
                ack.status.append(0)
            finally:
                ack.seconds.append(time.monotonic() - begun)
            await asyncio.sleep(min(1.0, self.patience))
        return ack

    def callback(self, token: str, stamp: str = "", **other: str) -> tuple[str, bytes]:
        fields = {
            "ToUserName": self.corp.corp_id, "MsgType": "event", "Event": "kf_msg_or_event",
            "Token": token, "OpenKfId": self.corp.open_kfid, **other,
        }  # fmt: skip
        envelope = self.corp.seal.close(xml.write(CreateTime=int(time.time()), **fields))
        stamp, nonce = stamp or str(int(time.time())), secrets.token_hex(5)
        query = (
            f"msg_signature={signature(self.corp.token, stamp, nonce, envelope)}"
            f"&timestamp={stamp}&nonce={nonce}"
        )
        body = xml.write(ToUserName=self.corp.corp_id, AgentID="", Encrypt=envelope)
        return f"{self.corp.url}?{query}", body

    # --- what an account may call -------------------------------------------------------------------------

    def expire_token(self) -> None:
        self.access_token = secrets.token_hex(32)

    async def _gettoken(self, request: web.Request) -> web.Response:
        self.asked_tokens += 1
        if (request.query.get("corpid"), request.query.get("corpsecret")) != (
            self.corp.corp_id,
            self.corp.secret,
        ):
            return answer(40001, "invalid credential")
        return answer(0, access_token=self.access_token, expires_in=7200)

    async def _sync(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        if problem := self.token_problem(request):
            return problem
        if body.get("open_kfid") != self.corp.open_kfid:
            return answer(95000, "invalid open_kfid")
        if body.get("token") and body["token"] not in self.tokens:
            return answer(95007, "invalid msg token")
        cursor = str(body.get("cursor") or "")
        self.cursors.append(cursor)
        start = int(cursor or 0)
        end = min(start + min(int(body.get("limit", 1000)), self.page), len(self.messages))
        return answer(
            0,
            next_cursor=str(end),
            has_more=int(end < len(self.messages)),
            msg_list=self.messages[start:end],
        )

    async def _send(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        phone = self.phones[str(body.get("touser"))]
        if problem := self.token_problem(request):
            return problem

        def accept() -> web.Response:
            if problem := self._problem(phone, body):
                return problem
            self.taken.add(str(body["msgid"]))
            phone.budget -= 1
            self.show(str(body["touser"]), _shown(body, "api"))
            return answer(0, msgid=body["msgid"])

        return await self.troubled_send(str(body["touser"]), accept)

    def _problem(self, phone: Phone, body: dict[str, Any]) -> web.Response | None:
        if body.get("open_kfid") != self.corp.open_kfid:
            return answer(95000, "invalid open_kfid")
        if body.get("msgid") in self.taken:
            return answer(95099, "msgid already exists")  # the real code is not published
        if phone.state not in (FRESH, BOT):
            return answer(95018, "send msg session status invalid")
        if not phone.in_time:
            return answer(95002, "send msg time limit")
        if phone.budget <= 0:
            return answer(95001, "send msg count limit")
        shown = _shown(body, "api")
        if len(shown.text.encode()) > TEXT_BYTES:
            return answer(40009, "content too long")
        return None

    async def _welcome(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        if problem := self.token_problem(request):
            return problem
        if body.get("code") not in self.codes:
            return answer(95020, "invalid code")
        self.codes.discard(body["code"])
        self.show("", _shown(body, "event"))
        return answer(0, msgid=secrets.token_hex(8))

    async def _state(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        phone = self.phones[str(body["external_userid"])]
        return self.token_problem(request) or answer(0, service_state=phone.state)

    async def _trans(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        phone = self.phones[str(body["external_userid"])]
        if problem := self.token_problem(request):
            return problem
        if body["service_state"] not in ALLOWED[phone.state]:
            return answer(95016, "not allow to change session state")
        phone.state = int(body["service_state"])
        return answer(0)

    async def _accounts(self, request: web.Request) -> web.Response:
        listed = [{"open_kfid": self.corp.open_kfid, "name": "客服", "manage_privilege": True}]
        return self.token_problem(request) or answer(0, account_list=listed)

    def token_problem(self, request: web.Request) -> web.Response | None:
        if request.query.get("access_token") == self.access_token:
            return None
        return answer(40014, "invalid access_token")


def _shown(body: dict[str, Any], way: str) -> Shown:
    if body["msgtype"] == "text":
        return Shown(str(body["text"]["content"]), way)
    menu = body["msgmenu"]
    assert body["msgtype"] == "msgmenu"
    assert len(menu["list"]) <= 10
    choices = tuple(_choice(item["click"]) for item in menu["list"] if item["type"] == "click")
    return Shown(f"{menu['head_content']}{menu.get('tail_content', '')}", way, choices)


def _choice(click: dict[str, str]) -> tuple[str, str]:
    assert 1 <= len(click["id"].encode()) <= 64
    assert 1 <= len(click["content"].encode()) <= 128
    return click["id"], click["content"]
