"""The access token: one refresher in the deployment, whatever dies."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from bot.channels.tools import Tools
from bot.channels.weixin.tokens import Fresh, Token, Tokens
from bot.jobs import single_statements
from bot.models import ChannelAccount
from bot.vault import Vault
from shop.database import connect, transaction
from shop.models import Shop

PROCESSES = 6


class Platform:
    """Gives tokens, slowly, and counts."""

    def __init__(self) -> None:
        self.mild = self.forced = 0
        self.current = "token 0"
        self.failing = False

    async def ask(self, another: bool) -> Fresh:
        self.mild, self.forced = self.mild + (not another), self.forced + another
        await asyncio.sleep(0.05)
        if self.failing:
            raise ConnectionError
        if another:
            self.current = f"token {self.forced}"
        return Fresh(self.current, 7200)


@pytest.fixture
async def tools(database_url: str) -> AsyncIterator[Tools]:
    engine, sessions = connect(database_url, pool_size=20)
    yield Tools(sessions, single_statements(engine), Vault(["key of a test"]))
    await engine.dispose()


@pytest.fixture
async def account(tools: Tools) -> int:
    async with transaction(tools.sessions) as session:
        shop = Shop(slug="s", name={"zh": "店"}, settings={})
        session.add(shop)
        await session.flush()
        row = ChannelAccount(shop_id=shop.id, channel="wechat", name="a", config={})
        session.add(row)
        await session.flush()
        return row.id


async def change(tools: Tools, assignment: str) -> None:
    async with tools.single() as session:
        await session.execute(text(f"UPDATE access_token SET {assignment}"))


def processes(tools: Tools) -> list[Tokens]:
    """Each with a memory of its own, as in processes of their own."""
    return [Tokens(tools.single, tools.vault) for _ in range(PROCESSES)]


async def test_one_asks_and_all_have_it(tools: Tools, account: int) -> None:
    platform = Platform()
    calls = [one.get(account, platform.ask) for one in processes(tools) for _ in range(3)]
    tokens = await asyncio.gather(*calls)
    assert {token.value for token in tokens} == {"token 0"}
    assert (platform.mild, platform.forced) == (1, 0)


async def test_the_token_is_sealed_in_the_row(tools: Tools, account: int) -> None:
    await Tokens(tools.single, tools.vault).get(account, Platform().ask)
    async with tools.single() as session:
        row = await session.scalar(text("SELECT token FROM access_token"))
    assert b"token 0" not in bytes(row)


async def test_all_are_refused_at_once_and_one_asks_again(tools: Tools, account: int) -> None:
    platform = Platform()
    ours = processes(tools)
    refused = [await one.get(account, platform.ask) for one in ours]
    renewed = await asyncio.gather(
        *(one.after_refusal(account, token, platform.ask) for one, token in zip(ours, refused, strict=True))
    )
    assert {token.value for token in renewed} == {"token 1"}
    assert (platform.mild, platform.forced) == (2, 1)  # asked mildly first, then for another one


async def test_another_system_has_refreshed_it(tools: Tools, account: int) -> None:
    """Then the platform gives that one's token, and none is made invalid."""
    platform = Platform()
    ours = Tokens(tools.single, tools.vault)
    refused = await ours.get(account, platform.ask)
    platform.current = "theirs"
    assert (await ours.after_refusal(account, refused, platform.ask)).value == "theirs"
    assert platform.forced == 0


async def test_a_late_refusal_takes_what_others_got_meanwhile(tools: Tools, account: int) -> None:
    platform = Platform()
    one, other = processes(tools)[:2]
    refused: Token = await one.get(account, platform.ask)
    await other.get(account, platform.ask)
    await other.after_refusal(account, refused, platform.ask)
    asked = platform.mild
    assert (await one.after_refusal(account, refused, platform.ask)).value == "token 1"
    assert platform.mild == asked


async def test_a_failure_is_told_and_the_next_one_asks(tools: Tools, account: int) -> None:
    platform = Platform()
    platform.failing = True
    ours = Tokens(tools.single, tools.vault)
    with pytest.raises(ConnectionError):
        await ours.get(account, platform.ask)
    platform.failing = False
    assert (await ours.get(account, platform.ask)).value == "token 0"


async def test_a_refresher_that_died_is_not_waited_for_longer_than_its_lease(
    tools: Tools, account: int
) -> None:
    await Tokens(tools.single, tools.vault).get(account, Platform().ask)
    await change(tools, "expires_at = now(), refreshing_until = now() + interval '1 second'")
    platform = Platform()
    assert (await Tokens(tools.single, tools.vault).get(account, platform.ask)).value == "token 0"
    assert platform.mild == 1


async def test_an_old_token_is_renewed(tools: Tools, account: int) -> None:
    await Tokens(tools.single, tools.vault).get(account, Platform().ask)
    await change(tools, "expires_at = now() - interval '1 second'")
    platform = Platform()
    platform.current = "new"
    tokens = await asyncio.gather(*(one.get(account, platform.ask) for one in processes(tools)))
    assert {token.value for token in tokens} == {"new"}
    assert platform.mild == 1
