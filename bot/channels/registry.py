"""The external channels: a line each. An adapter is imported when an account first needs it."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from bot.channels.seam import Account, Channel
from bot.channels.tools import Tools

CHANNELS = {
    "telegram": "bot.channels.telegram.adapter:Telegram",
    "wechat": "bot.channels.wechat:WeChat",
    "wecom": "bot.channels.wecom:WeCom",
}


def build(account: Account, tools: Tools) -> Channel:
    """The adapter of an account. Raises KeyError for a channel that is none."""
    module, _, name = CHANNELS[account.channel].partition(":")
    return cast(Callable[[Account, Tools], Channel], getattr(import_module(module), name))(account, tools)
