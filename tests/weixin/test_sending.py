"""Every answer a platform can give to a send, and what it means; the adapters against their peers."""

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.channels.seam import (
    Blocked,
    BudgetSpent,
    Gone,
    NoFile,
    Permanent,
    Result,
    RetryAt,
    Sent,
    TryLater,
    WindowClosed,
)
from bot.channels.tools import Tools
from bot.channels.wechat import WeChat
from bot.channels.wecom import WeCom
from shop.database import connect
from tests.peers import wechat as oa
from tests.peers import wecom as kf
from tests.peers.base import Trouble
from tests.peers.phones import wrote
from tests.peers.wechat import WeChatPeer
from tests.peers.wecom import WecomPeer
from tests.weixin.adapters import out, tools_of, wechat_of, wecom_of


@pytest.fixture
async def tools(database_url: str) -> AsyncIterator[Tools]:
    engine, sessions = connect(database_url)
    yield tools_of(engine, sessions)
    await engine.dispose()


@pytest.fixture
def peer() -> Iterator[WeChatPeer]:
    with WeChatPeer() as peer:
        wrote(peer.phones["o1"])
        yield peer


@pytest.fixture
async def wechat(tools: Tools, peer: WeChatPeer) -> AsyncIterator[WeChat]:
    channel = await wechat_of(tools, peer)
    yield channel
    await channel.close()


@pytest.fixture
def corp() -> Iterator[WecomPeer]:
    with WecomPeer() as corp:
        wrote(corp.phones["u1"])
        yield corp


@pytest.fixture
async def wecom(tools: Tools, corp: WecomPeer) -> AsyncIterator[WeCom]:
    channel = await wecom_of(tools, corp)
    yield channel
    await channel.close()


async def test_a_text(wechat: WeChat, peer: WeChatPeer) -> None:
    assert await wechat.send("o1", out("ياخشىمۇسىز")) == Sent()
    assert peer.phones["o1"].texts == ["ياخشىمۇسىز"]


async def test_choices_are_a_menu(wechat: WeChat, peer: WeChatPeer) -> None:
    assert await wechat.send("o1", out("要做什么？", buttons=True)) == Sent()
    assert peer.phones["o1"].seen[0].menu == (("7-0", "取消订单"), ("7-1", "转人工"))


async def test_choices_under_a_long_text_are_numbered(wechat: WeChat, peer: WeChatPeer) -> None:
    assert await wechat.send("o1", out("好" * 500, buttons=True)) == Sent()
    shown = peer.phones["o1"].seen[0]
    assert shown.menu == ()
    assert shown.text.endswith("\n1 取消订单\n2 转人工\n（回复数字即可）")


async def test_five_sends_for_a_message(wechat: WeChat, peer: WeChatPeer) -> None:
    results = [await wechat.send("o1", out(str(n))) for n in range(6)]
    assert results == [Sent()] * 5 + [BudgetSpent()]


async def test_nobody_has_written(wechat: WeChat, peer: WeChatPeer) -> None:
    assert await wechat.send("o2", out()) == WindowClosed()


WECHAT_ANSWERS: list[tuple[Trouble | int, Result]] = [
    (45015, WindowClosed()),
    (45047, BudgetSpent()),
    (43004, Blocked()),
    (40003, Gone()),
    (45009, RetryAt(600, "limited")),
    (45011, RetryAt(10, "limited")),
    (-1, RetryAt(5, "limited")),
    (48001, RetryAt(30, "account:48001", fault=True)),
    (45002, Permanent("refused:45002")),
    (Trouble.unavailable, RetryAt(2, "no_answer", doubt=True)),
    (Trouble.cut, RetryAt(2, "no_answer", doubt=True)),
    (Trouble.garbage, RetryAt(2, "no_answer", doubt=True)),
    (Trouble.hang, RetryAt(2, "no_answer", doubt=True)),
]


@pytest.mark.parametrize("fault, result", WECHAT_ANSWERS, ids=lambda value: str(value)[:60])
async def test_wechat_answers(wechat: WeChat, peer: WeChatPeer, fault: Trouble | int, result: Result) -> None:
    peer.fail(oa.SEND, fault)
    assert await wechat.send("o1", out()) == result
    assert peer.phones["o1"].texts == []
    assert await wechat.send("o1", out()) == Sent()


async def test_a_platform_that_is_not_there(tools: Tools, peer: WeChatPeer) -> None:
    channel = await wechat_of(tools, peer, api_base="http://127.0.0.1:9")
    assert await channel.send("o1", out()) == RetryAt(2, "no_answer")  # no doubt: it did not arrive
    await channel.close()


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_refused_token_is_renewed_once(wechat: WeChat, peer: WeChatPeer, code: int) -> None:
    await wechat.send("o1", out("first"))
    peer.fail(oa.SEND, code)
    assert await wechat.send("o1", out("second")) == Sent()
    assert peer.phones["o1"].texts == ["first", "second"]
    assert peer.asked_tokens == [False, False, True]
    peer.fail(oa.SEND, code, code)
    assert await wechat.send("o1", out()) == RetryAt(30, f"account:{code}", fault=True)
    assert peer.calls[oa.SEND] == 5


async def test_a_token_that_another_system_changed(wechat: WeChat, peer: WeChatPeer) -> None:
    await wechat.send("o1", out())
    peer.expire_token()
    assert await wechat.send("o1", out()) == Sent()
    assert peer.asked_tokens == [False, False]  # never forced: that would make theirs invalid


async def test_a_wrong_secret(tools: Tools, peer: WeChatPeer) -> None:
    channel = await wechat_of(tools, peer, app_id="wx000000000000000")
    assert await channel.send("o1", out()) == RetryAt(30, "account:40013", fault=True)
    await channel.close()


async def test_media(wechat: WeChat, peer: WeChatPeer) -> None:
    peer.media["m1"] = ("image/jpeg", b"\xff\xd8picture")
    assert (await wechat.fetch({"file": {"media_id": "m1"}})).content == b"\xff\xd8picture"
    with pytest.raises(NoFile, match="40007"):  # JSON with status 200 where a file was asked for
        await wechat.fetch({"file": {"media_id": "expired"}})
    peer.media["big"] = ("image/jpeg", bytes(11 * 1024 * 1024))
    with pytest.raises(NoFile, match="too_large"):
        await wechat.fetch({"file": {"media_id": "big"}})
    peer.fail(oa.MEDIA, Trouble.unavailable)
    with pytest.raises(TryLater):
        await wechat.fetch({"file": {"media_id": "m1"}})


async def test_pictures_without_the_service_api(tools: Tools, peer: WeChatPeer) -> None:
    channel = await wechat_of(tools, peer, no_service_api=True)
    peer.media["m1"] = ("image/jpeg", b"\xff\xd8picture")
    shown = {"media_id": "m1", "url": f"{peer.base}/pic/m1"}
    assert (await channel.fetch({"file": shown})).content == b"\xff\xd8picture"
    for elsewhere in ("http://127.0.0.1:1/x", "file:///etc/passwd", "http://qpic.cn.example.com/x", "x"):
        with pytest.raises(NoFile, match="address"):
            await channel.fetch({"file": {**shown, "url": elsewhere}})
    assert await channel.send("o1", out()) == BudgetSpent()  # waits for a callback
    await channel.close()


# --- WeCom --------------------------------------------------------------------------------------------------


async def test_wecom_text_and_menu(wecom: WeCom, corp: WecomPeer) -> None:
    sent = await wecom.send("u1", out("您好"))
    assert isinstance(sent, Sent)
    assert sent.external_id in corp.taken
    assert isinstance(await wecom.send("u1", out("要做什么？", message=8, buttons=True)), Sent)
    assert corp.phones["u1"].texts == ["您好", "要做什么？"]
    assert corp.phones["u1"].seen[1].menu == (("8-0", "取消订单"), ("8-1", "转人工"))
    assert corp.phones["u1"].state == kf.BOT
    assert corp.calls[kf.TRANS] == 1


@pytest.mark.parametrize("lost", [Trouble.taken_cut, Trouble.taken_error])
async def test_wecom_tells_a_repetition(wecom: WeCom, corp: WecomPeer, lost: Trouble) -> None:
    """The answer to a send is lost; the same part again is shown once."""
    corp.fail(kf.SEND, lost)
    assert await wecom.send("u1", out()) == RetryAt(2, "no_answer", doubt=True)
    assert isinstance(await wecom.send("u1", out()), Sent)
    assert isinstance(await wecom.send("u1", out("另一段", part=1)), Sent)
    assert corp.phones["u1"].texts == ["您好", "另一段"]


async def test_wecom_session_states(wecom: WeCom, corp: WecomPeer) -> None:
    phone = corp.phones["u1"]
    await wecom.send("u1", out(message=1))
    phone.state = kf.POOL
    assert await wecom.send("u1", out(message=2)) == RetryAt(60, "elsewhere")
    phone.state = kf.PERSON
    assert await wecom.send("u1", out(message=3)) == RetryAt(60, "elsewhere")
    phone.state = kf.OVER
    assert await wecom.send("u1", out(message=4)) == WindowClosed()
    phone.state = kf.FRESH
    assert isinstance(await wecom.send("u1", out(message=5)), Sent)
    assert phone.state == kf.BOT


WECOM_ANSWERS: list[tuple[Trouble | int, Result]] = [
    (95001, BudgetSpent()),
    (95002, WindowClosed()),
    (40096, Gone()),
    (45009, RetryAt(600, "limited")),
    (60020, RetryAt(30, "account:60020", fault=True)),
    (40058, Permanent("refused:40058")),
    (Trouble.unavailable, RetryAt(2, "no_answer", doubt=True)),
    (Trouble.cut, RetryAt(2, "no_answer", doubt=True)),
]


@pytest.mark.parametrize("fault, result", WECOM_ANSWERS, ids=lambda value: str(value)[:60])
async def test_wecom_answers(wecom: WeCom, corp: WecomPeer, fault: Trouble | int, result: Result) -> None:
    corp.fail(kf.SEND, fault)
    assert await wecom.send("u1", out()) == result
    assert corp.phones["u1"].texts == []


@pytest.mark.parametrize("code", [40014, 42001])
async def test_wecom_token_is_renewed(wecom: WeCom, corp: WecomPeer, code: int) -> None:
    corp.fail(kf.SEND, code)
    assert isinstance(await wecom.send("u1", out()), Sent)
    corp.expire_token()
    assert isinstance(await wecom.send("u1", out(message=8)), Sent)
    assert len(corp.phones["u1"].texts) == 2


async def test_wecom_media(wecom: WeCom, corp: WecomPeer) -> None:
    corp.media["m1"] = ("image/jpeg", b"\xff\xd8picture")
    assert (await wecom.fetch({"file": {"media_id": "m1"}})).content == b"\xff\xd8picture"
    with pytest.raises(NoFile, match="40007"):
        await wecom.fetch({"file": {"media_id": "expired"}})
