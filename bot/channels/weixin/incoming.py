"""What shoppers send on the official account and in WeCom customer service, as values of the seam."""

from typing import Any

from bot import notices
from bot.channels.seam import Incoming, Left, Noticed, Pressed, Refused, Value
from bot.channels.weixin.choices import menu_choice
from bot.channels.weixin.xml import Fields, text_of

BOTH = {"zh": f"{notices.WELCOME['zh']}\n\n{notices.WELCOME['ug']}"}
WELCOME = {"zh": BOTH["zh"], "ug": f"{notices.WELCOME['ug']}\n\n{notices.WELCOME['zh']}"}
FROM_SHOPPER = 3  # `origin` of a message that sync_msg gives; 4 is the platform, 5 a colleague


def of_official(fields: Fields) -> Value | None:
    """None for what needs no answer: reports of positions, of menus that open pages, and the like. Raises
    Refused for what is no message."""
    sender, kind, created = (text_of(fields, name) for name in ("FromUserName", "MsgType", "CreateTime"))
    if not sender or not kind:
        raise Refused(400, "unreadable")
    if kind == "event":
        return _event(fields, sender, created)
    identity = text_of(fields, "MsgId") or f"{kind} {created}"
    if kind == "text":
        return _text(fields, sender, identity)
    words, origin = _other(fields, kind)
    if origin is not None:
        origin = {**origin, "message_id": identity}
    return Incoming(sender, identity, words, origin=origin)


def _text(fields: Fields, sender: str, identity: str) -> Incoming | Pressed:
    choice = menu_choice(text_of(fields, "bizmsgmenuid"))
    if choice:
        return Pressed(sender, identity, *choice)
    return Incoming(sender, identity, text_of(fields, "Content"))


def _other(fields: Fields, kind: str) -> tuple[str, dict[str, Any] | None]:
    """Words and origin of what is not a text."""
    media = {"media_id": text_of(fields, "MediaId")}
    if kind == "image":
        return "", {"kind": "photo", "file": {**media, "url": text_of(fields, "PicUrl")}}
    if kind == "voice":
        heard = text_of(fields, "Recognition")
        return (heard, None) if heard else ("", {"kind": "voice", "file": media})
    if kind == "location":
        return text_of(fields, "Label"), {"kind": "location"}
    if kind == "link":
        return "\n".join(filter(None, (text_of(fields, "Title"), text_of(fields, "Url")))), None
    return "", {"kind": "unsupported"}


def _event(fields: Fields, sender: str, created: str) -> Value | None:
    """Events have no message id: sender and time are theirs, and the name, for two in one second."""
    event, key = text_of(fields, "Event"), text_of(fields, "EventKey")
    identity = f"{event} {created}"
    if event == "unsubscribe":
        return Left(sender)
    if event in ("subscribe", "SCAN"):
        return Noticed(sender, identity, WELCOME)
    if event == "CLICK" and key:
        return Incoming(sender, identity, key)
    return None


def of_service(message: dict[str, Any]) -> Incoming | Pressed | None:
    """A message that `sync_msg` gave; None for events and for what colleagues write in WeCom."""
    sender, identity, kind = (
        str(message.get(name) or "") for name in ("external_userid", "msgid", "msgtype")
    )
    if message.get("origin") != FROM_SHOPPER or not sender or not identity:
        return None
    content = message.get(kind)
    content = content if isinstance(content, dict) else {}
    said = {name: str(value) for name, value in content.items() if isinstance(value, str | int | float)}
    if kind == "text":
        choice = menu_choice(said.get("menu_id", ""))
        if choice:
            return Pressed(sender, identity, *choice)
        return Incoming(sender, identity, said.get("content", ""))
    if kind == "link":
        return Incoming(
            sender, identity, "\n".join(said[name] for name in ("title", "url") if said.get(name))
        )
    words, origin = _of_service(kind, said)
    return Incoming(sender, identity, words, origin={**origin, "message_id": identity})


def _of_service(kind: str, said: dict[str, str]) -> tuple[str, dict[str, Any]]:
    media = {"media_id": said.get("media_id", "")}
    if kind == "image":
        return "", {"kind": "photo", "file": media}
    if kind == "voice":
        return "", {"kind": "voice", "file": media}
    if kind == "location":
        words = " ".join(filter(None, (said.get("name"), said.get("address"))))
        return words, {"kind": "location"}
    return "", {"kind": "unsupported"}
