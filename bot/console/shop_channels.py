"""The shop's accounts on WeChat, WeCom and Telegram: added, checked, removed; and its widget."""

import re
import secrets as random_words
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts import NameTaken, save_account
from bot.api.asking import Desk
from bot.channels.registry import build
from bot.channels.seam import Account
from bot.channels.tools import Tools
from bot.channels.weixin.seal import check_key
from bot.console.fields import Filled, Input, Section, read_form
from bot.console.forms import Field
from bot.console.rows import CHANNELS
from bot.console.shop_page import Owner, done, form_page, shop_page
from bot.console.told import Told
from bot.console.words import Words, words
from bot.models import ChannelAccount
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import NotFound
from bot.support.desk import Support
from bot.vault import WrongKey
from shop.database import transaction

routes = APIRouter(include_in_schema=False, route_class=Told)

AT = "/shop/channels"
KINDS = ("telegram", "wechat", "wecom")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
#: which of a channel's fields are secrets; the others are its settings
SECRETS = {
    "telegram": ("bot_token", "secret_token"),
    "wechat": ("app_secret", "token", "aes_key"),
    "wecom": ("secret", "token", "aes_key"),
}


@routes.get("/shop/channels")
async def channels(request: Request, who: Owner, desk: Desk) -> Response:
    return await _page(request, who, desk)


async def _page(request: Request, who: Who, desk: Support, **values: Any) -> Response:
    async with desk.single() as session:
        accounts = list(await session.scalars(_accounts(who)))
    base = _base(request)
    kinds = {channel: words(who.language).gettext(CHANNELS[channel]) for channel in KINDS}
    shown = [
        {"id": one.id, "channel": one.channel, "kind": kinds[one.channel], "name": one.name,
         "callback": "" if one.config.get("polling") else f"{base}/channels/{one.channel}/{one.name}"}
        for one in accounts
    ]  # fmt: skip
    snippet = f'<script src="{base}/widget.js" data-shop="{who.shop}" async></script>'
    context = {
        "accounts": shown,
        "kinds": kinds,
        "snippet": snippet,
        "checked": None,
        "findings": [],
        **values,
    }
    return shop_page(request, who, "channels", AT, **context)


def _base(request: Request) -> str:
    tools: Tools = request.app.state.tools
    return tools.public_url.rstrip("/") or str(request.base_url).rstrip("/")


def _accounts(who: Who) -> Any:
    mine = select(ChannelAccount).where(ChannelAccount.shop_id == who.shop_id)
    return mine.where(ChannelAccount.channel.in_(KINDS)).order_by(ChannelAccount.id)


async def _account(session: AsyncSession, who: Who, number: int) -> ChannelAccount:
    who.must(Right.manage)
    one = await session.scalar(_accounts(who).where(ChannelAccount.id == number % 2**31))
    if not isinstance(one, ChannelAccount):
        raise NotFound("there is no such account")
    return one


# ---- Adding ----


def _sections(channel: str, ours: Words) -> list[Section]:
    word = ours.gettext

    def secret(name: str, label: str, hint: str = "", *, needed: bool = True) -> Input:
        return Input(name, label, "password", hint=hint, needed=needed, dir="ltr")

    def plain(name: str, label: str, hint: str = "") -> Input:
        return Input(name, label, hint=hint, needed=True, dir="ltr")

    aes = word("43 letters and digits, from the platform’s page")
    own = plain(
        "account", word("Name of the account"), word("Letters and digits: it stands in the callback address")
    )
    fetch = word("For a server without an https address of its own, behind a router for example")
    proof = word("It answers by callbacks alone, as an account without certification may")
    fields: dict[str, tuple[Input, ...]] = {
        "telegram": (
            secret("bot_token", word("Bot token"), word("As BotFather gave it")),
            Input("polling", word("Let the account fetch its messages"), "check", hint=fetch),
        ),
        "wechat": (
            plain("app_id", "AppID"),
            secret("app_secret", "AppSecret"),
            secret("token", "Token", word("The word you enter at the platform")),
            secret("aes_key", "EncodingAESKey", aes, needed=False),
            Input("no_service_api", word("The account is not verified"), "check", hint=proof),
        ),
        "wecom": (
            plain("corp_id", word("Company id")),
            secret("secret", "Secret"),
            secret("token", "Token"),
            secret("aes_key", "EncodingAESKey", aes),
            plain("open_kfid", word("Customer-service account"), word("Begins with wk")),
        ),
    }
    return [Section(word(CHANNELS[channel]), (own, *fields[channel]))]


@routes.get("/shop/channels/new/{channel}")
async def new_page(request: Request, who: Owner, channel: str) -> Response:
    if channel not in KINDS:
        raise NotFound("there is no such channel")
    return _form(request, who, f"new/{channel}", _sections(channel, words(who.language)))


@routes.post("/shop/channels/new/{channel}")
async def add(request: Request, who: Owner, desk: Desk, channel: str) -> Response:
    if channel not in KINDS:
        raise NotFound("there is no such channel")
    ours = words(who.language)
    sections = _sections(channel, ours)
    filled = read_form(await request.form(), sections, ours)
    _check(filled, ours)
    name = filled.typed["account"]
    async with desk.single() as session:
        same = await session.scalar(
            _accounts(who).where(ChannelAccount.channel == channel, ChannelAccount.name == name)
        )
    if same:
        filled.errors["account"] = ours.gettext("You have an account of that name: change it in the list.")
    if not filled.errors:
        try:
            number = await _save(request, who, desk, channel, name, filled.values)
            return await _page(request, who, desk, **await _look(request, who, desk, number))
        except NameTaken:
            filled.errors["account"] = ours.gettext("That name is taken. Choose another.")
    return _form(request, who, f"new/{channel}", filled.shown(sections))


def _form(request: Request, who: Who, path: str, sections: list[Section]) -> Response:
    heading = words(who.language).gettext("Connect a channel")
    return form_page(request, who, AT, heading, sections, action=f"{AT}/{path}", back=AT)


def _check(filled: Filled, ours: Words) -> None:
    typed = filled.typed
    wrong = {
        "account": not _NAME.fullmatch(typed.get("account", "a")),
        "bot_token": bool(typed.get("bot_token"))
        and not re.fullmatch(r"\d+:[\w-]+", typed["bot_token"], re.ASCII),
        "aes_key": bool(typed.get("aes_key")) and not check_key(typed["aes_key"]),
    }
    for name, bad in wrong.items():
        if bad and name not in filled.errors:
            filled.errors[name] = ours.gettext("That is not how it is written.")


async def _save(
    request: Request,
    who: Who,
    desk: Support,
    channel: str,
    name: str,
    values: Mapping[str, Any],
    old: Account | None = None,
) -> int:
    """What the form has not, and a secret that was left empty, stays as it was."""
    tools: Tools = request.app.state.tools
    given = {key: value for key, value in values.items() if key != "account"}
    config = {**(old.config if old else {}), **{k: v for k, v in given.items() if k not in SECRETS[channel]}}
    secrets = {**(old.secrets if old else {}), **{k: given[k] for k in SECRETS[channel] if given.get(k)}}
    if channel == "telegram":  # Telegram is told it by the check, so that nobody need type it
        secrets.setdefault("secret_token", random_words.token_urlsafe(24))
    async with transaction(desk.sessions) as session:
        number = await save_account(
            session,
            tools.vault,
            shop_id=who.shop_id,
            channel=channel,
            name=name,
            config={key: value for key, value in config.items() if value},
            secrets=secrets,
        )
        await note_act(session, who, "change_channel" if old else "add_channel", f"{channel} {name}")
    return number


# ---- Changing ----


@routes.get("/shop/channels/{number}/change")
async def change_page(request: Request, who: Owner, desk: Desk, number: int) -> Response:
    old = await _kept(request, who, desk, number)
    return _form(request, who, f"{number}/change", _filled_in(old, words(who.language)))


@routes.post("/shop/channels/{number}/change")
async def change(request: Request, who: Owner, desk: Desk, number: int) -> Response:
    old = await _kept(request, who, desk, number)
    ours = words(who.language)
    sections = _filled_in(old, ours)
    filled = read_form(await request.form(), sections, ours)
    _check(filled, ours)
    if filled.errors:
        return _form(request, who, f"{number}/change", filled.shown(sections))
    await _save(request, who, desk, old.channel, old.name, filled.values, old)
    return await _page(request, who, desk, **await _look(request, who, desk, number))


async def _kept(request: Request, who: Who, desk: Support, number: int) -> Account:
    """The account as it is; without its secrets where their key is lost."""
    tools: Tools = request.app.state.tools
    async with desk.single() as session:
        row = await _account(session, who, number)
    try:
        secrets = tools.vault.open(row.secrets)
    except WrongKey:
        secrets = {}
    return Account(row.id, row.shop_id, row.channel, row.name, row.config, secrets)


def _filled_in(old: Account, ours: Words) -> list[Section]:
    """The form of an account that is there. Its secrets are not shown, and need not be typed again."""
    stays = ours.gettext("Left empty, it stays as it is.")

    def again(one: Input) -> Input:
        if one.kind != "password":
            value = old.config.get(one.name) or ""
            return replace(one, value="1" if value is True else str(value))
        return replace(one, needed=False, hint=stays) if one.name in old.secrets else one

    return [
        replace(
            section,
            title=f"{section.title} {old.name}",
            inputs=tuple(again(one) for one in section.inputs if one.name != "account"),
        )
        for section in _sections(old.channel, ours)
    ]


# ---- Checking and removing ----


@routes.post("/shop/channels/{number}/check")
async def check(request: Request, who: Owner, desk: Desk, number: int) -> Response:
    return await _page(request, who, desk, **await _look(request, who, desk, number))


async def _look(request: Request, who: Who, desk: Support, number: int) -> dict[str, Any]:
    """What is wrong with an account: our words, and the platform's own."""
    tools: Tools = request.app.state.tools
    ours = words(who.language)
    async with desk.single() as session:
        row = await _account(session, who, number)
    try:
        secrets = tools.vault.open(row.secrets)
    except WrongKey:
        sealed = ours.gettext(
            "The secrets were sealed with another key: KARWAN_KEY, or secret.key beside the data, "
            "has changed."
        )
        return {"checked": row.name, "findings": [(sealed, "")]}
    channel = build(Account(row.id, row.shop_id, row.channel, row.name, row.config, secrets), tools)
    try:
        found = await channel.check()
    finally:
        await channel.close()
    told = [(replace(one, platform="").said(ours.gettext), one.platform) for one in found]
    return {"checked": row.name, "findings": told}


@routes.post("/shop/channels/{number}/remove")
async def remove(request: Request, who: Owner, desk: Desk, number: int, confirm: Field = "") -> Response:
    async with transaction(desk.sessions) as session:
        one = await _account(session, who, number)
        if confirm.strip() != one.name:
            wrong = words(who.language).gettext("That is not the name.")
            return await _page(request, who, desk, wrong_name={"id": number, "error": wrong})
        await session.delete(one)
        await note_act(session, who, "remove_channel", f"{one.channel} {one.name}")
    return done(AT)
