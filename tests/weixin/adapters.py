"""Adapters over a test's own database and a peer, without a running instance."""

import secrets
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.seam import Account, Outgoing
from bot.channels.tools import Tools
from bot.channels.wechat import WeChat
from bot.channels.wecom import WeCom
from bot.jobs import single_statements
from bot.models import ChannelAccount
from bot.vault import Vault
from shop.database import Sessions, transaction
from shop.models import Shop
from tests.peers.wechat import WeChatPeer
from tests.peers.wecom import WecomPeer

BUTTONS = [
    {"title": "取消订单", "payload": "/cancel_order"},
    {"title": "转人工", "payload": "/talk_to_human"},
]


def tools_of(engine: AsyncEngine, sessions: Sessions) -> Tools:
    return Tools(sessions, single_statements(engine), Vault(["key of a test"]))


async def wechat_of(tools: Tools, peer: WeChatPeer, **config: Any) -> WeChat:
    ours = peer.account
    account = await _account(
        tools,
        "wechat",
        {"app_id": ours.app_id, "api_base": peer.base, **config},
        {"app_secret": ours.app_secret, "token": ours.token},
    )
    return WeChat(account, tools)


async def wecom_of(tools: Tools, peer: WecomPeer) -> WeCom:
    corp = peer.corp
    account = await _account(
        tools,
        "wecom",
        {"corp_id": corp.corp_id, "open_kfid": corp.open_kfid, "api_base": peer.base},
        {"secret": corp.secret, "token": corp.token, "aes_key": corp.aes_key},
    )
    return WeCom(account, tools)


async def _account(tools: Tools, channel: str, config: dict[str, Any], sealed: dict[str, str]) -> Account:
    async with transaction(tools.sessions) as session:
        shop = Shop(slug=secrets.token_hex(6), name={"zh": "店"}, settings={})
        session.add(shop)
        await session.flush()
        row = ChannelAccount(shop_id=shop.id, channel=channel, name=secrets.token_hex(6), config=config)
        session.add(row)
        await session.flush()
        return Account(row.id, shop.id, channel, row.name, config, sealed)


def out(text: str = "您好", *, message: int = 7, buttons: bool = False, part: int = 0) -> Outgoing:
    return Outgoing(message, text, "zh", BUTTONS if buttons else [], f"{message}-{part}")
