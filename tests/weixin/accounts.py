"""Channel accounts of a running instance that point at a peer."""

import asyncio
import secrets
from typing import Any

from tests.instance import Karwan
from tests.peers.wechat import WeChatPeer
from tests.peers.wecom import WecomPeer


def add_wechat(karwan: Karwan, shop: str, peer: WeChatPeer, *, service_api: bool = True) -> str:
    """The account's name; the peer's callbacks go to it."""
    account = peer.account
    config = {"app_id": account.app_id, "no_service_api": not service_api}
    sealed = {"app_secret": account.app_secret, "token": account.token, "aes_key": account.aes_key}
    return _add(karwan, shop, "wechat", peer, config, {k: v for k, v in sealed.items() if v})


def add_wecom(karwan: Karwan, shop: str, peer: WecomPeer) -> str:
    corp = peer.corp
    config = {"corp_id": corp.corp_id, "open_kfid": corp.open_kfid}
    sealed = {"secret": corp.secret, "token": corp.token, "aes_key": corp.aes_key}
    return _add(karwan, shop, "wecom", peer, config, sealed)


def _add(
    karwan: Karwan,
    shop: str,
    channel: str,
    peer: WeChatPeer | WecomPeer,
    config: dict[str, Any],
    sealed: dict[str, str],
) -> str:
    name = f"test-{secrets.token_hex(6)}"
    asyncio.run(karwan.add_account(channel, shop, name, {**config, "api_base": peer.base}, sealed))
    owner = peer.account if isinstance(peer, WeChatPeer) else peer.corp
    owner.url = f"{karwan.base}/channels/{channel}/{name}"
    return name
