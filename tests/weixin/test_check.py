"""What `karwan channel check` finds, for each thing a seller can get wrong."""

import dataclasses
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.channels.tools import Tools
from shop.database import connect
from tests.peers.wechat import STABLE_TOKEN, TYPING, WeChatPeer
from tests.peers.wecom import WecomPeer
from tests.weixin.adapters import tools_of, wechat_of, wecom_of


@pytest.fixture
async def tools(database_url: str) -> AsyncIterator[Tools]:
    engine, sessions = connect(database_url)
    yield tools_of(engine, sessions)
    await engine.dispose()


@pytest.fixture
def peer() -> Iterator[WeChatPeer]:
    with WeChatPeer() as peer:
        yield peer


@pytest.mark.parametrize(
    "path, code, words",
    [
        (STABLE_TOKEN, 40013, "The app id or corp id is not known"),
        (STABLE_TOKEN, 40125, "The app secret is wrong"),
        (STABLE_TOKEN, 40164, "white list"),
        (TYPING, 48001, "--no-service-api"),
        (STABLE_TOKEN, 12345, "The platform refuses (12345: refused)"),
    ],
)
async def test_the_platform_refuses(tools: Tools, peer: WeChatPeer, path: str, code: int, words: str) -> None:
    peer.fail(path, code)
    channel = await wechat_of(tools, peer)
    wrong = [one.said() for one in await channel.check()]
    await channel.close()
    assert len(wrong) == 2
    assert "PUBLIC_URL is not set" in wrong[0]
    assert words in wrong[1]


async def test_the_platform_does_not_answer(tools: Tools, peer: WeChatPeer) -> None:
    channel = await wechat_of(tools, peer, api_base="http://127.0.0.1:9")
    assert "does not answer" in (await channel.check())[1].said()
    await channel.close()


async def test_our_address(tools: Tools, peer: WeChatPeer) -> None:
    for url, words in (("http://127.0.0.1:9", "cannot be reached"), (peer.base, "answers 404")):
        channel = await wechat_of(dataclasses.replace(tools, public_url=url), peer)
        [wrong] = await channel.check()
        await channel.close()
        assert words in wrong.said()


async def test_wecom(tools: Tools) -> None:
    with WecomPeer() as corp:
        channel = await wecom_of(tools, corp)
        assert len(await channel.check()) == 1  # PUBLIC_URL alone
        corp.corp.open_kfid = "wk-another"
        assert "The open_kfid is not known" in (await channel.check())[1].said()
        corp.fail("/cgi-bin/kf/account/list", 60020)
        assert "trusted IPs" in (await channel.check())[1].said()
        await channel.close()
