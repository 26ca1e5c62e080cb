"""A callback's way in: signature, age, envelope, and the address check when a seller enters our address."""

from collections.abc import Mapping

import httpx

from bot.channels.seam import Account, Callback, Finding, Forged, Refused
from bot.channels.weixin import seal, xml
from bot.channels.weixin.seal import Seal


class Door:
    """Of one account, whose app id or corp id is `receiver`. With an AES key only encrypted callbacks come
    in: in plain mode the signature does not cover the message."""

    def __init__(self, account: Account, receiver: str) -> None:
        self._account = account
        self._token = account.secrets["token"]
        key = account.secrets.get("aes_key")
        self._seal = Seal(key, receiver) if key else None

    def echo(self, query: Mapping[str, str]) -> bytes:
        """The answer to the check of our address, at any age: it changes nothing. Raises Forged."""
        echo = query.get("echostr", "")
        try:
            if "msg_signature" in query and self._seal is not None:
                self._check(query, "msg_signature", echo)
                return self._seal.open(echo)
            self._check(query, "signature")
        except seal.Forged:
            raise Forged from None
        return echo.encode()

    def read(self, callback: Callback) -> xml.Fields:
        """The message's fields. Raises Forged, or Refused for what is none."""
        query = callback.query
        try:
            seal.check_age(query.get("timestamp", ""))
            if self._seal is None:
                self._check(query, "signature")
                return xml.read(callback.body)
            envelope = xml.text_of(xml.read(callback.body), "Encrypt")
            self._check(query, "msg_signature", envelope)
            return xml.read(self._seal.open(envelope))
        except seal.Forged:
            raise Forged from None
        except xml.Unreadable as error:
            raise Refused(400, "unreadable") from error

    def sealed(self, body: bytes) -> bytes:
        """An answer as the account is set up: in an envelope, or as it is."""
        if self._seal is None:
            return body
        envelope, stamp, nonce = self._seal.close(body), seal.now(), seal.nonce()
        signature = seal.signature(self._token, stamp, nonce, envelope)
        return xml.write(Encrypt=envelope, MsgSignature=signature, TimeStamp=int(stamp), Nonce=nonce)

    def _check(self, query: Mapping[str, str], name: str, *more: str) -> None:
        stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        seal.check_signature(query.get(name, ""), self._token, stamp, nonce, *more)

    async def check(self, public_url: str) -> list[Finding]:
        """What is wrong with our address, seen from here: the platform's own check, asked by ourselves."""
        if not public_url:
            return [Finding("PUBLIC_URL is not set: the platform cannot be told where this server is")]
        url = f"{public_url.rstrip('/')}/channels/{self._account.channel}/{self._account.name}"
        stamp, nonce, word = seal.now(), seal.nonce(), seal.nonce()
        echo, name = (self._seal.close(word.encode()), "msg_signature") if self._seal else (word, "signature")
        signature = seal.signature(self._token, stamp, nonce, *([echo] if self._seal else []))
        query = {name: signature, "timestamp": stamp, "nonce": nonce, "echostr": echo}
        try:
            async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
                response = await client.get(url, params=query)
        except httpx.HTTPError as error:
            reason = type(error).__name__
            return [
                Finding("{url} cannot be reached from here: is it running and public?", {"url": url}, reason)
            ]
        if response.status_code != 200:
            return [
                Finding(
                    "{url} answers {status}: does it lead to this server, with this database?",
                    {"url": url, "status": response.status_code},
                )
            ]
        if response.text != word:
            return [Finding("{url} answers something else: does it lead to this server?", {"url": url})]
        return []
