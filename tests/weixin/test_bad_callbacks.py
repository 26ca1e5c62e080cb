"""Bad input at the doors of WeChat and WeCom: forged is 403, unreadable 400, nothing an error of ours."""

import os
import time
from collections.abc import Iterator

import httpx
import pytest

from bot.channels.weixin import xml
from bot.channels.weixin.seal import Seal, signature
from tests.instance import Karwan
from tests.peers.wechat import Official, WeChatPeer
from tests.peers.wecom import Corp, WecomPeer
from tests.weixin import vectors as v
from tests.weixin.accounts import add_wechat, add_wecom
from tests.weixin.test_xml import BAD

TEXT = {"MsgType": "text", "Content": "你好", "MsgId": "1"}


@pytest.fixture
def log(karwan: Karwan) -> Iterator[None]:
    """Nothing of it may end in an unhandled error."""
    before = karwan.log.stat().st_size
    yield
    with karwan.log.open("rb") as file:
        file.seek(before)
        assert b"request failed" not in file.read()


pytestmark = pytest.mark.usefixtures("log")


def post(url: str, body: bytes) -> httpx.Response:
    return httpx.post(url, content=body, trust_env=False, timeout=20)


def get(url: str, **query: str) -> httpx.Response:
    return httpx.get(url, params=query, trust_env=False, timeout=20)


def counted(karwan: Karwan, channel: str, result: str) -> float:
    lines = httpx.get(f"{karwan.base}/metrics", trust_env=False).text.splitlines()
    start = f'karwan_callbacks_total{{channel="{channel}",result="{result}"}} '
    return sum(float(line.removeprefix(start)) for line in lines if line.startswith(start))


def refused(response: httpx.Response, status: int, code: str) -> None:
    assert (response.status_code, response.json()["error"]["code"]) == (status, code), response.text


def test_the_published_address_checks(karwan: Karwan, shop_slug: str) -> None:
    """With the platform's own sample values: the account is made as they say."""
    with WecomPeer(Corp(corp_id=v.RECEIVER, token=v.TOKEN, aes_key=v.AES_KEY)) as peer:
        add_wecom(karwan, shop_slug, peer)
        query = {"timestamp": v.URL_TIMESTAMP, "nonce": v.URL_NONCE, "echostr": v.URL_ECHO}
        answer = get(peer.corp.url, msg_signature=v.URL_SIGNATURE, **query)
        assert (answer.status_code, answer.text) == (200, v.URL_PLAIN)
        refused(get(peer.corp.url, msg_signature="0" * 40, **query), 403, "forged")
        refused(get(peer.corp.url, signature=v.URL_SIGNATURE, **query), 403, "forged")
        refused(get(peer.corp.url), 403, "forged")
    with WeChatPeer(Official(token=v.PLAIN_TOKEN)) as official:
        add_wechat(karwan, shop_slug, official)
        query = {"timestamp": v.PLAIN_TIMESTAMP, "nonce": v.PLAIN_NONCE, "echostr": "5837261"}
        answer = get(official.account.url, signature=v.PLAIN_SIGNATURE, **query)
        assert (answer.status_code, answer.text) == (200, "5837261")
        refused(get(official.account.url, signature="x", **query), 403, "forged")


def test_forged(karwan: Karwan, wechat: WeChatPeer, plain: WeChatPeer) -> None:
    before = counted(karwan, "wechat", "forged")
    url, body = wechat.callback("o-forged", TEXT)
    plain_url, plain_body = plain.callback("o-forged", TEXT)
    forged = [
        post(url.replace("msg_signature=", "msg_signature=0"), body),
        post(url.split("?")[0], body),
        post(url, body.replace(b"Encrypt><![CDATA[", b"Encrypt><![CDATA[A")),
        post(url, plain_body),  # in encrypted mode the signature of plain mode says nothing of the message
        post(plain_url.replace("signature=", "signature=0"), plain_body),
        post(plain.callback("o-forged", TEXT, stamp="1409659813")[0], plain_body),
        post(f"{plain_url}&timestamp=1", plain_body),
        post(url.replace(wechat.account.url, plain.account.url), body),  # another account's
    ]
    for response in forged:
        refused(response, 403, "forged")
    assert counted(karwan, "wechat", "forged") == before + len(forged)
    rows = "SELECT count(*) FROM contact_inbox WHERE external_id = 'o-forged'"
    assert karwan.sql(rows) == [(0,)]


def test_old_callbacks_are_forged(wechat: WeChatPeer, wecom: WecomPeer) -> None:
    for seconds in (-3600, 3600):
        stamp = str(int(time.time()) + seconds)
        refused(post(*wechat.callback("o-old", TEXT, stamp=stamp)), 403, "forged")
        refused(post(*wecom.callback("token", stamp=stamp)), 403, "forged")


def test_an_envelope_for_another_account(wechat: WeChatPeer) -> None:
    envelope = Seal(wechat.account.aes_key, "wx0000000000000000").close(xml.write(**TEXT, FromUserName="o"))
    stamp, nonce = str(int(time.time())), "nonce"
    signed = signature(wechat.account.token, stamp, nonce, envelope)
    url = f"{wechat.account.url}?msg_signature={signed}&timestamp={stamp}&nonce={nonce}"
    refused(post(url, xml.write(Encrypt=envelope)), 403, "forged")


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_what_is_no_message(karwan: Karwan, plain: WeChatPeer, wecom: WecomPeer, body: bytes) -> None:
    url, _ = plain.callback("o-bad", TEXT)
    assert post(url, body).status_code == 400
    url, _ = wecom.callback("token")
    assert post(url, body).status_code == 400


def test_fields_that_are_missing_or_odd(plain: WeChatPeer) -> None:
    def send(**fields: str) -> int:
        url, _ = plain.callback("o", {})
        return post(url, xml.write(**fields)).status_code

    assert send() == 400
    assert send(FromUserName="o-odd") == 400
    assert send(FromUserName="", MsgType="text") == 400
    assert send(FromUserName="o-odd", MsgType="text", Content="", CreateTime="x") == 200
    assert send(FromUserName="o-odd", MsgType="event") == 200
    assert send(FromUserName="o-odd", MsgType="event", Event="CLICK", EventKey="") == 200
    nested = "<xml><FromUserName><a>o</a></FromUserName><MsgType>text</MsgType></xml>"
    assert post(plain.callback("o", {})[0], nested.encode()).status_code == 400


def test_bodies_that_are_too_large(plain: WeChatPeer, wecom: WecomPeer) -> None:
    url, _ = plain.callback("o-large", TEXT)
    refused(post(url, os.urandom(20_000_000)), 413, "too_large")
    url, _ = wecom.callback("token")
    refused(post(url, b"<xml>" + b"x" * 20_000_000), 413, "too_large")


def test_accounts_that_are_none(karwan: Karwan, wechat: WeChatPeer) -> None:
    _, body = wechat.callback("o", TEXT)
    for path in ("wechat/nobody", "wecom/nobody", "wechat/%00", "wechat/" + "x" * 500, "wecom/订单"):
        assert post(f"{karwan.base}/channels/{path}", body).status_code == 404
    name = wechat.account.url.rsplit("/", 1)[1]
    assert post(f"{karwan.base}/channels/wecom/{name}", body).status_code == 404  # it is on another channel


def test_known_but_unsupported_kinds_get_a_word(wechat: WeChatPeer) -> None:
    for number, kind in enumerate(("video", "shortvideo", "file", "something_new")):
        user = f"o-kind-{number}"
        push = wechat.run(wechat.message(user, MsgType=kind, MediaId="m"))
        assert push.status == [200]
        assert wechat.answer(user, push), kind


def test_what_would_break_out_of_the_answer(karwan: Karwan, wechat: WeChatPeer) -> None:
    for text in (
        "]]></Content><MsgType>news</MsgType>",
        "\x07订单\x00号",
        "{{7*7}} %s {}",
        "/restart",
        "'; DROP",
    ):
        push = wechat.say("o-break", text)
        assert push.status == [200]
        assert wechat.phones["o-break"].faults == 0


def test_a_stranger_cannot_ring_for_others(karwan: Karwan, wecom: WecomPeer) -> None:
    """A ring names the customer-service account: one that is not ours is acknowledged and rings nothing."""
    fetched = wecom.calls["/cgi-bin/kf/sync_msg"]
    url, body = wecom.callback("token", OpenKfId="wk-somebody-else")
    assert post(url, body).status_code == 200
    url, body = wecom.callback("token", Event="change_contact")
    assert post(url, body).status_code == 200
    assert wecom.calls["/cgi-bin/kf/sync_msg"] == fetched
