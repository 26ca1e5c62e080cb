"""`karwan channel …`: add accounts of platforms, and see what is wrong with them."""

import asyncio
import re
import secrets as random_words
import sys
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy import text

from bot.accounts import Accounts, NameTaken, save_account
from bot.channels.registry import build
from bot.channels.seam import Account
from bot.channels.tools import Tools
from bot.database import migrate, server
from bot.jobs import single_statements
from bot.settings import Failed, settings
from bot.vault import Vault, WrongKey
from shop.database import connect, transaction
from shop.shops import shop_by_slug

app = typer.Typer(help="Accounts on WeChat, WeCom and Telegram.", no_args_is_help=True)
add = typer.Typer(help="Add an account, or give one new settings.", no_args_is_help=True)
app.add_typer(add, name="add")

T = TypeVar("T")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

Shop = Annotated[str, typer.Option(help="the shop's short name")]
Name = Annotated[str, typer.Option("--account", help="a name for the account: letters, digits, - and _")]
ApiBase = Annotated[str, typer.Option(help="another server that speaks the platform's API")]


def secret(what: str) -> Any:
    return typer.Option(help=f"{what}; - reads it from standard input")


@add.command()
def telegram(
    shop: Shop,
    account: Name,
    bot_token: Annotated[str, secret("the token BotFather gave")],
    secret_token: Annotated[
        str | None, secret("what Telegram shows with every update; made up if not given")
    ] = None,
    api_base: ApiBase = "",
    polling: Annotated[bool, typer.Option(help="fetch updates: for a server nobody can reach")] = False,
) -> None:
    """A Telegram bot."""
    made_up = random_words.token_urlsafe(24) if secret_token is None else secret_token
    token, secret_word = read_secrets(bot_token=bot_token, secret_token=made_up)
    if not re.fullmatch(r"\d+:[\w-]+", token):
        raise Failed("--bot-token is no Telegram token; BotFather gives it: digits, a colon, letters")
    if not re.fullmatch(r"[\w-]{1,256}", secret_word, re.ASCII):
        raise Failed("--secret-token may have letters, digits, - and _, 256 at most")
    config = {"polling": polling, "api_base": address(api_base)}
    save("telegram", shop, account, config, {"bot_token": token, "secret_token": secret_word})


@add.command()
def wechat(
    shop: Shop,
    account: Name,
    app_id: Annotated[str, typer.Option(help="AppID, from the platform's page")],
    app_secret: Annotated[str, secret("AppSecret")],
    token: Annotated[str, secret("the word you enter at the platform as Token")],
    aes_key: Annotated[str, secret("EncodingAESKey; callbacks are then encrypted, which is safer")] = "",
    service_api: Annotated[
        bool, typer.Option(help="without: the account is not verified and answers by callbacks alone")
    ] = True,
    api_base: ApiBase = "",
) -> None:
    """A WeChat official account."""
    from bot.channels.weixin.seal import check_key

    given = {"app_secret": app_secret, "token": token, **({"aes_key": aes_key} if aes_key else {})}
    secrets = dict(zip(given, read_secrets(**given), strict=True))
    if "aes_key" in secrets and not check_key(secrets["aes_key"]):
        raise Failed("--aes-key is no EncodingAESKey; it has 43 letters and digits")
    config = {"app_id": app_id, "no_service_api": not service_api, "api_base": address(api_base)}
    save("wechat", shop, account, config, secrets)


@add.command()
def wecom(
    shop: Shop,
    account: Name,
    corp_id: Annotated[str, typer.Option(help="the company's id")],
    secret_: Annotated[
        str, typer.Option("--secret", help="of the application; - reads it from standard input")
    ],
    token: Annotated[str, secret("Token of the callback")],
    aes_key: Annotated[str, secret("EncodingAESKey of the callback")],
    open_kfid: Annotated[str, typer.Option(help="the customer-service account's id: wk…")],
    api_base: ApiBase = "",
) -> None:
    """A WeCom customer-service account."""
    from bot.channels.weixin.seal import check_key

    given = {"secret": secret_, "token": token, "aes_key": aes_key}
    secrets = dict(zip(given, read_secrets(**given), strict=True))
    if not check_key(secrets["aes_key"]):
        raise Failed("--aes-key is no EncodingAESKey; it has 43 letters and digits")
    config = {"corp_id": corp_id, "open_kfid": open_kfid, "api_base": address(api_base)}
    save("wecom", shop, account, config, secrets)


@app.command()
def check(
    shop: Annotated[str, typer.Option(help="only this shop's")] = "",
    account: Annotated[str, typer.Option(help="only the account of this name")] = "",
) -> None:
    """Look at every account from this machine, and say in words what is wrong."""

    async def look(tools: Tools) -> int:
        async with transaction(tools.sessions) as session:
            known = await shop_by_slug(session, shop) if shop else None
            if shop and known is None:
                raise Failed(f"there is no shop {shop}")
        found = [
            one
            for one in await Accounts(tools).all()
            if account in ("", one.name) and (known is None or one.shop_id == known.id)
        ]
        if not found:
            raise Failed("there is no such account; add one with `karwan channel add`")
        return sum([await _look_at(tools, one) for one in found])

    if with_database(look):
        raise typer.Exit(1)


async def _look_at(tools: Tools, account: Account) -> bool:
    """Print what is wrong with it; True when something is."""
    channel = build(account, tools)
    try:
        wrong = [one.said() for one in await channel.check()]
    finally:
        await channel.close()
    aside = text("SELECT count(*) FROM delivery WHERE account_id = :id AND status = 'failed'")
    async with tools.single() as session:
        failed = await session.scalar(aside, {"id": account.id})
    if failed:
        wrong.append(f"{failed} messages could not be delivered and were set aside; see them in the inbox")
    print(f"{account.channel} {account.name}: {'; '.join(wrong) if wrong else 'all well'}", flush=True)
    return bool(wrong)


def save(channel: str, shop: str, name: str, config: dict[str, Any], secrets: dict[str, str]) -> None:
    """Add the account, and say what its callback address is. Raises Failed."""
    if not NAME.fullmatch(name):
        raise Failed("--account may have letters, digits, - and _, and begins with a letter or digit")

    async def write(tools: Tools) -> None:
        async with transaction(tools.sessions) as session:
            known = await shop_by_slug(session, shop)
            if known is None:
                raise Failed(f"there is no shop {shop}")
            try:
                await save_account(
                    session,
                    tools.vault,
                    shop_id=known.id,
                    channel=channel,
                    name=name,
                    config={key: value for key, value in config.items() if value},
                    secrets=secrets,
                )
            except NameTaken:
                raise Failed(f"another shop has a {channel} account named {name}; choose another") from None

    with_database(write)
    base = settings().public_url.rstrip("/") or "https://YOUR-SERVER"
    print(f"{channel} account {name} is saved.")
    if not config.get("polling"):
        print(f"Its callback address: {base}/channels/{channel}/{name}")
    print(f"See that all is well: karwan channel check --account {name}", flush=True)


def read_secrets(**given: str) -> list[str]:
    """The secrets, each `-` replaced by a line of standard input. Raises Failed for an empty one."""
    found = []
    for name, value in given.items():
        if value == "-":
            value = sys.stdin.readline().strip()
        if not value:
            raise Failed(f"--{name.replace('_', '-')} is empty")
        found.append(value)
    return found


def address(base: str) -> str:
    """Raises Failed."""
    if base and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", base):
        raise Failed("--api-base must be an address like https://host/path")
    return base.rstrip("/")


def with_database(work: Callable[[Tools], Coroutine[Any, Any, T]]) -> T:
    """Run it on the database, which is brought up to date first."""
    ours = settings()

    async def run(url: str) -> T:
        engine, sessions = connect(url, pool_size=2)
        try:
            vault = Vault(ours.sealing_keys())
            return await work(Tools(sessions, single_statements(engine), vault, public_url=ours.public_url))
        except WrongKey as error:
            raise Failed(str(error)) from None
        finally:
            await engine.dispose()

    with server(ours) as database:
        migrate(database.url)
        return asyncio.run(run(database.url))
