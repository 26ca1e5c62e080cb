"""A Telegram update as the desk's values. Who writes is the sender's id, whatever their words say."""

import re

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, Update, User
from telegram.constants import ChatType

from bot.channels.seam import Edited, Incoming, Left, Noticed, Pressed, Renamed, Value
from bot.channels.telegram import words

#: what we ask Telegram to send; anything else is answered 200 and left
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]

_COMMAND = re.compile(r"/([a-z_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL | re.ASCII | re.IGNORECASE)
_PRESS = re.compile(r"b:(\d{1,18}):(\d{1,3})", re.ASCII)


def press(message: int, button: int) -> str:
    """A button's data: at most 64 bytes go through Telegram, so the payload stays in our row."""
    return f"b:{message}:{button}"


def read(update: Update) -> list[Value]:
    """The values in an update; none for what does not concern us."""
    if update.message:
        return _message(update.message, str(update.update_id))
    if update.edited_message:
        return _edited(update.edited_message)
    if update.callback_query:
        return _pressed(update.callback_query, str(update.update_id))
    if update.my_chat_member:
        return _membership(update.my_chat_member)
    return []


def _message(message: Message, update: str) -> list[Value]:
    chat = message.chat
    if message.migrate_to_chat_id:
        return [Renamed(str(chat.id), str(message.migrate_to_chat_id))]
    if message.from_user is None or message.from_user.is_bot:
        return []
    language = _language(message.from_user)
    if chat.type != ChatType.PRIVATE:
        # In a group only what is meant for the bot is answered, and that once.
        return [_declined(chat, language)] if (message.text or "").startswith("/") else []
    sender = str(chat.id)
    command = _COMMAND.fullmatch(message.text or "")
    if command:
        known = _commanded(command[1].lower(), command[2] or "", sender, update, language)
        if known is not None:
            return [known]
    return [_content(message, sender, update, language)]


def _commanded(
    command: str, argument: str, sender: str, update: str, language: str | None
) -> Incoming | Noticed | None:
    """A command's value; None for one that is none of ours, which is a text like any other."""
    if command == "start":
        return Noticed(sender, update, words.START, words.START_BUTTONS, language)
    if command == "help":
        return Noticed(sender, update, words.HELP, words.HELP_BUTTONS, language)
    if command == "human":
        return Incoming(sender, update, "/talk_to_human", title="/human", language=language)
    if command == "language":
        wish = argument.strip().lower()
        if wish in words.SAY:
            return Incoming(sender, update, words.SAY[wish], language=wish)
        return Noticed(sender, update, words.LANGUAGE, words.LANGUAGE_BUTTONS, language)
    return None


def _content(message: Message, sender: str, update: str, language: str | None) -> Incoming:
    origin = {"message_id": str(message.message_id)}
    text = message.text or message.caption or ""
    if message.photo:
        origin |= {"kind": "photo", "file": message.photo[-1].file_id}
    elif message.document and (message.document.mime_type or "").startswith("image/"):
        origin |= {"kind": "photo", "file": message.document.file_id}
    elif message.voice or message.audio:
        recording = message.voice or message.audio
        assert recording is not None
        origin |= {"kind": "voice", "file": recording.file_id}
    elif message.sticker and message.sticker.emoji:
        text = message.sticker.emoji
    elif message.venue:
        origin |= {"kind": "location"}
        place = message.venue.location
        text = f"{message.venue.title}, {message.venue.address} ({place.latitude}, {place.longitude})"
    elif message.location:
        origin |= {"kind": "location"}
        text = f"{message.location.latitude}, {message.location.longitude}"
    elif not text:
        origin |= {"kind": "unsupported"}
    return Incoming(sender, update, text, language=language, origin=origin)


def _edited(message: Message) -> list[Value]:
    text = message.text or message.caption
    if message.chat.type != ChatType.PRIVATE or not text:
        return []
    return [Edited(str(message.chat.id), str(message.message_id), text)]


def _pressed(query: CallbackQuery, update: str) -> list[Value]:
    match = _PRESS.fullmatch(str(query.data or ""))
    chat = query.message.chat if query.message else None
    if match is None or (chat is not None and chat.type != ChatType.PRIVATE):
        return []
    sender = str(chat.id if chat else query.from_user.id)
    return [Pressed(sender, update, int(match[1]), int(match[2]), _language(query.from_user))]


def _membership(change: ChatMemberUpdated) -> list[Value]:
    status = change.new_chat_member.status
    if change.chat.type == ChatType.PRIVATE:
        return [Left(str(change.chat.id))] if status == ChatMember.BANNED else []
    joined = status in (ChatMember.MEMBER, ChatMember.ADMINISTRATOR)
    return [_declined(change.chat, _language(change.from_user))] if joined else []


def _declined(chat: Chat, language: str | None) -> Noticed:
    return Noticed(str(chat.id), "group", words.GROUP, language=language, private=False)


def _language(user: User) -> str | None:
    code = (user.language_code or "").lower()
    return "ug" if code.startswith("ug") else "zh" if code.startswith("zh") else None
