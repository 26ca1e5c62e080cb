"""Calls to the platform: the token added, renewed once when it is refused, and every kind of failure told
apart. WeChat and WeCom answer errors with status 200 and `errcode`, also where a file was asked for.

ApiError            the platform answered an error code
ApiDown             no usable answer: Unreached (it cannot have been done), Unclear (it may have been)
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from bot.channels.weixin.tokens import Fresh, Token, Tokens

TIMEOUT = httpx.Timeout(8, connect=3, pool=3)
TOKEN_REFUSED = {40001, 40014, 42001}
MAX_FILE = 10 * 1024 * 1024

Json = dict[str, Any]
T = TypeVar("T")


class ApiError(Exception):
    """The platform refused. Its words are for people and may change; the code is what counts."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code} {words}")
        self.code, self.words = code, words


class ApiDown(Exception):
    """No usable answer."""


class Unreached(ApiDown):
    """The request did not arrive: nothing was done."""


class Unclear(ApiDown):
    """It may have arrived: whether it was done is not known."""


class TooLarge(Exception):
    """The file is larger than we take."""


@dataclass(frozen=True)
class Media:
    content: bytes
    kind: str  # content type, as the platform says


@dataclass(frozen=True)
class Account:
    """What a call needs to know of a channel account."""

    id: int
    base: str  # address of the platform
    token_path: str  # "" for GET gettoken (WeCom), else POST getStableAccessToken
    key: str  # app id or corp id
    secret: str


def client() -> httpx.AsyncClient:
    """Connections to the platforms, kept alive; one for a process. Proxies of the environment are not used:
    `--api-base` is the way to another server."""
    return httpx.AsyncClient(
        timeout=TIMEOUT,
        trust_env=False,
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=30),
    )


class Api:
    """The platform as one account sees it."""

    def __init__(self, http: httpx.AsyncClient, tokens: Tokens, account: Account) -> None:
        self._http, self._tokens, self._account = http, tokens, account
        self.failures = 0  # calls in a row without a usable answer

    async def post(self, path: str, body: Json) -> Json:
        """Raises ApiError or ApiDown."""

        async def send(token: str) -> Json:
            url = f"{self._account.base}{path}"
            return checked(await self._request("POST", url, params={"access_token": token}, json=body))

        return await self._with_token(send)

    async def get(self, path: str, **params: str) -> Json:
        """Raises ApiError or ApiDown."""

        async def ask(token: str) -> Json:
            url = f"{self._account.base}{path}"
            return checked(await self._request("GET", url, params={"access_token": token, **params}))

        return await self._with_token(ask)

    async def media(self, media_id: str) -> Media:
        """A file a shopper sent; the platform keeps it for three days. Raises ApiError, ApiDown, TooLarge."""

        async def fetch(token: str) -> Media:
            params = {"access_token": token, "media_id": media_id}
            url = f"{self._account.base}/cgi-bin/media/get"
            return await download(self._http, url, params)

        return await self._with_token(fetch)

    async def _with_token(self, call: Callable[[str], Awaitable[T]]) -> T:
        try:
            done = await self._renewing(call)
        except ApiDown:
            self.failures += 1
            raise
        except ApiError:
            self.failures = 0
            raise
        self.failures = 0
        return done

    async def _renewing(self, call: Callable[[str], Awaitable[T]]) -> T:
        try:
            token = await self._tokens.get(self._account.id, self._fresh)
        except TimeoutError as error:
            raise Unreached(str(error)) from None
        try:
            return await call(token.value)
        except ApiError as error:
            if error.code not in TOKEN_REFUSED:
                raise
        token = await self._tokens.after_refusal(self._account.id, token, self._fresh)
        return await call(token.value)

    async def token(self) -> Token:
        """To see that id and secret are right. Raises ApiError or ApiDown."""
        return await self._tokens.get(self._account.id, self._fresh)

    async def _fresh(self, another: bool) -> Fresh:
        key, secret, base = self._account.key, self._account.secret, self._account.base
        if not self._account.token_path:
            query = {"corpid": key, "corpsecret": secret}
            answer = checked(await self._request("GET", f"{base}/cgi-bin/gettoken", params=query))
        else:
            body = {
                "grant_type": "client_credential",
                "appid": key,
                "secret": secret,
                "force_refresh": another,
            }
            answer = checked(await self._request("POST", f"{base}{self._account.token_path}", json=body))
        try:
            return Fresh(str(answer["access_token"]), int(answer["expires_in"]))
        except (KeyError, TypeError, ValueError):
            raise Unclear("a token was asked for, and none came") from None

    async def _request(self, method: str, url: str, **what: Any) -> httpx.Response:
        try:
            return await self._http.request(method, url, **what)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreached(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise Unclear(type(error).__name__) from None


def checked(response: httpx.Response) -> Json:
    """The answer's fields. Raises ApiError, or Unclear for an answer that is none."""
    if response.status_code >= 400:
        raise Unclear(f"status {response.status_code}")
    try:
        answer = response.json()
        code = int(answer.get("errcode") or 0)
    except (ValueError, TypeError, AttributeError):
        raise Unclear("an answer that is not JSON") from None
    if code:
        raise ApiError(code, str(answer.get("errmsg", ""))[:200])
    return dict(answer)


async def download(http: httpx.AsyncClient, url: str, params: dict[str, str] | None = None) -> Media:
    """A file, read no further than its limit. Raises ApiError, ApiDown, TooLarge."""
    content = bytearray()
    try:
        async with http.stream("GET", url, params=params) as response:
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > MAX_FILE:
                    raise TooLarge
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Unreached(type(error).__name__) from None
    except httpx.HTTPError as error:
        raise Unclear(type(error).__name__) from None
    kind = response.headers.get("content-type", "")
    if response.status_code >= 400 or "json" in kind or "text/plain" in kind or content[:1] == b"{":
        checked(httpx.Response(response.status_code, content=bytes(content)))
        raise Unclear("no file in the answer")
    return Media(bytes(content), kind.partition(";")[0])
