"""Signatures and envelopes, also against the platform's published samples."""

import base64
import time

import pytest

from bot.channels.weixin import xml
from bot.channels.weixin.seal import BadKey, Forged, Seal, check_age, check_signature, signature
from tests.weixin import vectors as v

SEAL = Seal(v.AES_KEY, v.RECEIVER)


def test_the_published_url_check() -> None:
    check_signature(v.URL_SIGNATURE, v.TOKEN, v.URL_TIMESTAMP, v.URL_NONCE, v.URL_ECHO)
    assert SEAL.open(v.URL_ECHO).decode() == v.URL_PLAIN


def test_the_published_message() -> None:
    check_signature(v.SIGNATURE, v.TOKEN, v.TIMESTAMP, v.NONCE, v.ENVELOPE)
    fields = xml.read(SEAL.open(v.ENVELOPE))
    assert (fields["Content"], fields["MsgId"]) == ("hello", "4561255354251345929")
    assert fields["AgentID"] == "218"


def test_the_published_plain_signature() -> None:
    assert signature(v.PLAIN_TOKEN, v.PLAIN_TIMESTAMP, v.PLAIN_NONCE) == v.PLAIN_SIGNATURE


@pytest.mark.parametrize("text", ["", "a", "订单" * 500, "ياخشىمۇسىز", "x" * 27, "x" * 28, "x" * 29])
def test_what_is_closed_opens_again(text: str) -> None:
    envelope = SEAL.close(text.encode())
    assert SEAL.open(envelope).decode() == text
    assert envelope != SEAL.close(text.encode())  # never the same twice


def test_envelopes_of_another_key_or_account_are_forged() -> None:
    with pytest.raises(Forged):
        Seal(v.AES_KEY, "wx0000000000000000").open(v.ENVELOPE)
    with pytest.raises(Forged):
        Seal("a" * 43, v.RECEIVER).open(v.ENVELOPE)


BROKEN = {
    "empty": "",
    "no base64": "订单",
    "half of it": v.ENVELOPE[: len(v.ENVELOPE) // 2],
    "half a block": base64.b64encode(bytes(24)).decode(),
    "zeros": base64.b64encode(bytes(64)).decode(),
    "one block": base64.b64encode(bytes(16)).decode(),
    "one letter changed": v.ENVELOPE.replace("Ryp", "Rzp", 1)[:-10] + "AAAAAAAA==",
}


@pytest.mark.parametrize("envelope", BROKEN.values(), ids=BROKEN.keys())
def test_broken_envelopes_are_forged(envelope: str) -> None:
    with pytest.raises(Forged):
        SEAL.open(envelope)


@pytest.mark.parametrize("given", ["", "x", v.URL_SIGNATURE[:-1], v.URL_SIGNATURE.upper(), "签名", "\0"])
def test_other_signatures_are_forged(given: str) -> None:
    with pytest.raises(Forged):
        check_signature(given, v.TOKEN, v.URL_TIMESTAMP, v.URL_NONCE, v.URL_ECHO)


@pytest.mark.parametrize("key", ["", "short", v.AES_KEY + "A", v.AES_KEY[:-1], "密" * 43, "!" * 43])
def test_keys_that_are_none(key: str) -> None:
    with pytest.raises(BadKey):
        Seal(key, v.RECEIVER)


def test_the_age_of_a_callback() -> None:
    now = int(time.time())
    for fresh in (now, now - 30, now + 30):
        check_age(str(fresh))
    for late in ("", "x", "²", "1409659813", str(now - 3600), str(now + 3600), "9" * 400):
        with pytest.raises(Forged):
            check_age(late)
