"""A peer that speaks the WeChat official-account API: tokens, customer-service messages, media, callbacks."""

import asyncio
import itertools
import random
import secrets
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, web

from bot.channels.weixin import xml
from bot.channels.weixin.seal import Seal, signature
from tests.peers.phones import TEXT_BYTES, Phone, Shown, wrote
from tests.peers.weixin import TRIES, WeixinPeer, answer, body_of

SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
STABLE_TOKEN = "/cgi-bin/stable_token"
MEDIA = "/cgi-bin/media/get"


@dataclass
class Official:
    """An official account as the platform knows it, and where its callbacks go."""

    app_id: str = "wx5823bf96d3bd56c7"
    app_secret: str = "0123456789abcdef0123456789abcdef"
    token: str = "callback-token"
    aes_key: str = ""
    url: str = ""
    name: str = "gh_0123456789ab"

    @property
    def seal(self) -> Seal | None:
        return Seal(self.aes_key, self.app_id) if self.aes_key else None


@dataclass
class Push:
    """One callback as the platform saw it answered."""

    status: list[int] = field(default_factory=list)  # of each try; 0 where none came in time
    seconds: list[float] = field(default_factory=list)
    body: bytes = b""
    reply: str | None = None
    before: int = 0  # what the shopper had been shown until then


class WeChatPeer(WeixinPeer):
    """`say` and the like are a shopper's doings; `phones` what shoppers see."""

    def __init__(self, account: Official | None = None) -> None:
        super().__init__()
        self.account = account or Official()
        self.access_token = ""
        self.asked_tokens: list[bool] = []  # whether each was forced
        self.token_seconds = 7200
        self.pushes: list[Push] = []
        self._clock = 0
        self._ids = itertools.count(random.randrange(10**17, 10**18))

    def routes(self) -> list[web.RouteDef]:
        return [
            self.post(STABLE_TOKEN, self._stable_token),
            self.post(SEND, self._send),
            self.post(TYPING, self._typing),
            self.get(MEDIA, self.file),
            self.get("/cgi-bin/get_api_domain_ip", self._addresses),
            self.get("/pic/{name}", self._picture),
        ]

    # --- what a shopper does ------------------------------------------------------------------------------

    def say(self, user: str, text: str, msg_id: str = "", **more: str) -> Push:
        """Write, and wait until the platform is done with the callback."""
        return self._wait(self.soon(self.text(user, text, msg_id, **more)))

    def picture(self, user: str, content: bytes, kind: str = "image/jpeg") -> Push:
        media_id = secrets.token_hex(8)
        self.media[media_id] = (kind, content)
        fields = {"MsgType": "image", "PicUrl": f"{self.base}/pic/{media_id}", "MediaId": media_id}
        return self._wait(self.soon(self.message(user, **fields)))

    def do(self, user: str, event: str, key: str = "", **more: str) -> Push:
        """An event: subscribe, unsubscribe, CLICK, SCAN, VIEW."""
        return self._wait(self.soon(self.event(user, event, key, **more)))

    def answer(self, user: str, push: Push) -> str:
        """What the shopper is shown: in place, or a little later by the API where the machine is busy."""
        return "\n\n".join(self.phones.until(user, push.before + 1)[push.before :])

    def hears(self, user: str, text: str, **more: str) -> str:
        """Write, and read the answer."""
        return self.answer(user, self.say(user, text, **more))

    def _wait(self, future: "Future[Push]") -> Push:
        return future.result(60)

    async def text(self, user: str, text: str, msg_id: str = "", **more: str) -> Push:
        return await self.message(user, msg_id, MsgType="text", Content=text, **more)

    async def message(self, user: str, msg_id: str = "", **fields: str) -> Push:
        self.wrote(user)
        return await self.push(user, {**fields, "MsgId": msg_id or self.new_id()})

    def wrote(self, user: str) -> None:
        wrote(self.phones[user])

    def new_id(self) -> str:
        return str(next(self._ids))

    async def event(self, user: str, event: str, key: str = "", **more: str) -> Push:
        phone = self.phones[user]
        if event == "unsubscribe":
            phone.window_ends = 0
        elif event in ("subscribe", "CLICK", "SCAN") and not phone.open:
            wrote(phone, 3, 60)
        return await self.push(user, {"MsgType": "event", "Event": event, "EventKey": key, **more})

    async def push(self, user: str, fields: dict[str, str], copies: int = 1, url: str = "") -> Push:
        """The callback with the platform's retries; what is answered in place appears on the phone. Of copies
        that arrive together the platform hears the first."""
        push = Push(before=len(self.phones[user].seen))
        self.pushes.append(push)
        created = self._clock = max(int(time.time()), self._clock + 1)  # two events never have the same
        for _ in range(TRIES):
            tries = [self._try(user, fields, created, push, url) for _ in range(copies)]
            if any(await asyncio.gather(*tries)):
                self._understand(user, push)
                break
        else:
            self.phones[user].faults += 1
        return push

    async def again(self, user: str, fields: dict[str, str], url: str = "") -> None:
        """A copy that comes late: nobody listens to its answer."""
        await self._try(user, fields, self._clock, Push(), url)

    async def _try(self, user: str, fields: dict[str, str], created: int, push: Push, url: str = "") -> bool:
        address, body = self.callback(user, fields, created)
        address = address.replace(self.account.url, url, 1) if url else address
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self.patience), self.client.post(address, data=body) as response:
                push.body = await response.read()
                push.status.append(response.status)
        except (ClientError, TimeoutError):
            push.status.append(0)
            await asyncio.sleep(max(0.0, min(1.0, self.patience - (time.monotonic() - begun))))
            return False
        finally:
            push.seconds.append(time.monotonic() - begun)
        return True

    def callback(
        self, user: str, fields: dict[str, str], created: int = 0, stamp: str = ""
    ) -> tuple[str, bytes]:
        """The address and body of a callback, signed as the account is set up."""
        head = {"ToUserName": self.account.name, "FromUserName": user}
        body = xml.write(**head, CreateTime=created or int(time.time()), **fields)
        stamp, nonce, token = stamp or str(int(time.time())), secrets.token_hex(5), self.account.token
        query = f"signature={signature(token, stamp, nonce)}&timestamp={stamp}&nonce={nonce}&openid={user}"
        if self.account.seal is not None:
            envelope = self.account.seal.close(body)
            query += f"&encrypt_type=aes&msg_signature={signature(token, stamp, nonce, envelope)}"
            body = xml.write(ToUserName=self.account.name, Encrypt=envelope)
        return f"{self.account.url}?{query}", body

    def _understand(self, user: str, push: Push) -> None:
        """What the platform makes of an answer; anything odd is told the shopper as a fault."""
        phone = self.phones[user]
        if push.status[-1] != 200:
            phone.faults += 1
        elif push.body not in (b"", b"success"):
            try:
                push.reply = self._opened(push.body, user)
            except (xml.Unreadable, AssertionError):
                phone.faults += 1
            else:
                self.show(user, Shown(push.reply, "passive"))

    def _opened(self, body: bytes, user: str) -> str:
        fields = xml.read(body)
        if self.account.seal is not None:
            parts = (fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
            assert fields["MsgSignature"] == signature(self.account.token, *parts)
            fields = xml.read(self.account.seal.open(fields["Encrypt"]))
        assert (fields["ToUserName"], fields["FromUserName"]) == (user, self.account.name)
        assert (fields["MsgType"], fields["CreateTime"].isdigit()) == ("text", True)
        text = str(fields["Content"])
        assert 0 < len(text.encode()) <= TEXT_BYTES
        return text

    # --- what an account may call -------------------------------------------------------------------------

    def expire_token(self) -> None:
        """As if another system had asked for a new token: ours is refused from now on."""
        self.access_token = secrets.token_hex(32)

    async def _stable_token(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        if (body.get("appid"), body.get("secret")) != (self.account.app_id, self.account.app_secret):
            return answer(40125 if body.get("appid") == self.account.app_id else 40013, "invalid appsecret")
        forced = bool(body.get("force_refresh"))
        self.asked_tokens.append(forced)
        if forced or not self.access_token:
            self.access_token = secrets.token_hex(32)
        return web.json_response({"access_token": self.access_token, "expires_in": self.token_seconds})

    async def _send(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        user = str(body.get("touser"))
        phone = self.phones[user]
        if problem := self.token_problem(request):
            return problem

        def accept() -> web.Response:
            if problem := self._problem(phone, body):
                return problem
            phone.budget -= 1
            self.show(user, _shown(body))
            return answer(0)

        return await self.troubled_send(user, accept)

    def _problem(self, phone: Phone, body: dict[str, Any]) -> web.Response | None:
        if not phone.in_time:
            return answer(45015, "response out of time limit or subscription is canceled")
        if phone.budget <= 0:
            return answer(45047, "out of response count limit")
        if len(_shown(body).text.encode()) > TEXT_BYTES:
            return answer(45002, "content size out of limit")
        return None

    async def _typing(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        if problem := self.token_problem(request):
            return problem
        self.phones[str(body["touser"])].typing += 1
        return answer(0, "ok")

    async def _picture(self, request: web.Request) -> web.Response:
        kind, content = self.media[request.match_info["name"]]
        return web.Response(body=content, content_type=kind)

    async def _addresses(self, request: web.Request) -> web.Response:
        return self.token_problem(request) or web.json_response({"ip_list": ["127.0.0.1"]})

    def token_problem(self, request: web.Request) -> web.Response | None:
        if request.query.get("access_token") == self.access_token and self.access_token:
            return None
        return answer(40001, "invalid credential, access_token is invalid or not latest")


def _shown(body: dict[str, Any]) -> Shown:
    if body["msgtype"] == "text":
        return Shown(str(body["text"]["content"]), "api")
    menu = body["msgmenu"]
    assert body["msgtype"] == "msgmenu"
    choices = tuple((str(item["id"]), str(item["content"])) for item in menu["list"])
    return Shown(f"{menu['head_content']}{menu.get('tail_content', '')}", "api", choices)
