"""The Telegram channel over real sockets: what users of it see."""

import io
import os
import re
import signal

import httpx
import pytest
from PIL import Image

from bot import notices
from bot.channels.telegram import words
from tests.channels.conftest import Line, open_line
from tests.instance import Karwan, until
from tests.peers.base import Trouble
from tests.peers.telegram import TelegramPeer
from tests.system.processes import pid_of


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "PNG")
    return out.getvalue()


def test_a_conversation_in_both_languages(line: Line, chat: int) -> None:
    line.says(chat, "我的快递到哪了")
    assert "订单号" in line.answer(chat)[-1]
    line.says(chat, "20261101001014")
    line.answer(chat)
    line.says(chat, "7791")
    assert len(line.answer(chat)[-1].splitlines()) >= 1
    assert line.answer(chat)[-1] != line.answer(chat)[-2]
    line.says(chat + 1, "زاكازىمنى كۆرۈپ بېرىڭ", language="ug")
    assert "زاكاز" in line.answer(chat + 1)[-1]


def test_a_callback_that_comes_twice_is_answered_once(line: Line, chat: int) -> None:
    update = line.says(chat, "什么时候发货？")
    for _ in range(3):
        assert line.callback(update).status_code == 200
    line.replies(chat)
    line.says(chat, "谢谢")
    until(lambda: line.is_settled(chat), 20, "settled")
    assert [row[0] for row in line.rows(chat)].count("shopper") == 2
    assert len(line.peer.texts(chat)) == len([row for row in line.rows(chat) if row[0] == "bot"])


@pytest.mark.parametrize("secret", ["", "wrong", "ünïcode"])
def test_a_forged_callback(line: Line, chat: int, secret: str) -> None:
    update = line.peer.text(chat, "你好")
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret.encode()}
    answer = httpx.post(line.url, json=update, headers=headers, trust_env=False)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "forged"


@pytest.mark.parametrize("language", ["zh", "ug"])
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/start", words.START),
        ("/start abc", words.START),
        ("/help@b_bot", words.HELP),
        ("/language", words.LANGUAGE),
    ],
)
def test_commands(line: Line, chat: int, language: str, command: str, said: dict[str, str]) -> None:
    line.says(chat, command, language=language)
    assert line.replies(chat) == [said[language]]
    assert line.buttons(chat)


@pytest.mark.parametrize("language", ["zh", "ug"])
def test_the_human_command(line: Line, chat: int, language: str) -> None:
    line.says(chat, "/human", language=language)
    line.replies(chat)
    mode = line.karwan.sql("SELECT mode, language FROM conversation WHERE id = %s", line.conversation(chat))
    assert mode == [("queued", language)]


def test_a_language_is_chosen_by_button(line: Line, chat: int) -> None:
    line.says(chat, "/language")
    line.replies(chat)
    button = next(b for b in line.buttons(chat) if b["text"] == "ئۇيغۇرچە")
    press = line.peer.press(chat, button["callback_data"])
    assert line.callback(press).status_code == 200
    answer = line.answer(chat)[-1]
    assert re.search("[\u0626-\u06d5]", answer)
    until(lambda: press["callback_query"]["id"] in line.peer.answered_queries, 10, "clock stopped")


def test_a_button_of_another_conversation_does_nothing(line: Line, chat: int) -> None:
    line.says(chat, "/language")
    line.replies(chat)
    data = line.buttons(chat)[0]["callback_data"]
    assert line.callback(line.peer.press(chat + 1, data)).status_code == 200
    assert line.callback(line.peer.press(chat + 1, "b:1:999")).status_code == 200
    assert line.callback(line.peer.press(chat + 1, "nonsense")).status_code == 200
    assert line.rows(chat + 1) == []


def test_a_photo_is_kept_before_the_text_after_it(line: Line, chat: int) -> None:
    """The photo takes a while to come; what was written next waits for it."""
    line.peer.plan(Trouble.unavailable, times=2, to="file")
    assert line.callback(line.peer.photo(chat, picture(), caption="苹果坏了怎么赔")).status_code == 200
    line.says(chat, "20261101001029")
    line.replies(chat, 2)
    kept = line.rows(chat, "attachment_id IS NOT NULL, status, sender")
    assert kept[0] == (True, "done", "shopper")
    shown = "SELECT content_type, substr(content, 1, 2) FROM attachment WHERE conversation_id = %s"
    assert line.karwan.sql(shown, line.conversation(chat)) == [("image/jpeg", b"\xff\xd8")]


def test_a_photo_that_cannot_be_opened(line: Line, chat: int) -> None:
    assert line.callback(line.peer.photo(chat, b"no picture")).status_code == 200
    assert line.replies(chat) == [notices.NO_PICTURE["zh"]]


def test_a_voice_message_is_kept_and_passed_to_a_person(line: Line, chat: int) -> None:
    line.peer.files["v"] = b"OggS sound"
    voice = {"file_id": "v", "file_unique_id": "v", "duration": 2, "mime_type": "audio/ogg"}
    assert line.callback(line.peer.message(chat, voice=voice, language="ug")).status_code == 200
    assert line.replies(chat) == [notices.VOICE["ug"]]
    conversation = line.conversation(chat)
    sql = line.karwan.sql
    assert sql("SELECT content FROM attachment WHERE conversation_id = %s", conversation) == [
        (b"OggS sound",)
    ]
    assert sql("SELECT reason FROM handover WHERE conversation_id = %s", conversation) == [("voice",)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"location": {"latitude": 43.8, "longitude": 87.6}}, notices.LOCATION),
        ({"dice": {"emoji": "🎲", "value": 3}}, notices.UNSUPPORTED),
        (
            {"video": {"file_id": "1", "file_unique_id": "1", "width": 1, "height": 1, "duration": 1}},
            notices.UNSUPPORTED,
        ),
        ({"unheard_of": {"a": 1}}, notices.UNSUPPORTED),
    ],
)
def test_what_cannot_be_read_gets_a_friendly_word(
    line: Line, chat: int, content: dict[str, object], said: dict[str, str]
) -> None:
    assert line.callback(line.peer.message(chat, **content)).status_code == 200
    assert line.replies(chat) == [said["zh"]]


def test_a_sticker_is_its_emoji(line: Line, chat: int) -> None:
    sticker = {"file_id": "1", "file_unique_id": "1", "width": 1, "height": 1, "is_animated": False}
    sticker |= {"is_video": False, "type": "regular", "emoji": "👍"}
    assert line.callback(line.peer.message(chat, sticker=sticker)).status_code == 200
    line.replies(chat)
    assert line.rows(chat)[0] == ("shopper", "👍")


def test_an_edit_counts_until_it_is_answered(line: Line, chat: int) -> None:
    worker = pid_of(line.karwan, "worker")
    os.kill(worker, signal.SIGSTOP)
    try:
        first = line.says(chat, "我要退货")
        assert line.callback(line.peer.edit(first, "能开发票吗")).status_code == 200
    finally:
        os.kill(worker, signal.SIGCONT)
    line.answer(chat)
    parsed = "SELECT state::text FROM conversation WHERE id = %s"
    assert "invoice_request" in line.karwan.sql(parsed, line.conversation(chat))[0][0]
    assert line.callback(line.peer.edit(first, "再见")).status_code == 200
    line.says(chat, "谢谢")
    line.answer(chat)
    assert line.rows(chat)[0] == ("shopper", "能开发票吗")


def test_groups_are_declined_once(line: Line, chat: int) -> None:
    group = -chat
    assert line.callback(line.peer.membership(group, "member", "group")).status_code == 200
    assert line.callback(line.peer.text(group, "/help", kind="group")).status_code == 200
    assert line.callback(line.peer.text(group, "有人吗", kind="group")).status_code == 200
    line.says(chat, "/start")
    line.replies(chat)
    assert line.replies(group) == [words.GROUP["zh"]]


def test_a_group_that_becomes_a_supergroup(line: Line, chat: int) -> None:
    line.peer.migrated[str(-chat)] = str(-chat - 1)
    assert line.callback(line.peer.membership(-chat, "member", "group")).status_code == 200
    assert line.replies(-chat - 1) == [words.GROUP["zh"]]


def test_a_user_who_blocks_the_bot_and_comes_back(line: Line, chat: int) -> None:
    line.peer.blocked.add(str(chat))
    line.says(chat, "你好")
    conversation = "FROM delivery WHERE conversation_id = %s"
    until(
        lambda: (
            line.karwan.sql(f"SELECT status, error {conversation}", line.conversation(chat))
            == [("failed", "blocked")]
        ),
        20,
        "failed",
    )
    assert line.callback(line.peer.membership(chat, "kicked")).status_code == 200
    line.peer.blocked.clear()
    line.says(chat, "什么时候发货？")
    line.replies(chat)


def test_a_long_answer_comes_in_parts(line: Line, chat: int) -> None:
    line.says(chat, "/start")
    line.answer(chat)
    long = "。".join(f"第{n}句话，比较长的一句话" for n in range(600)) + "👨‍👩‍👧"
    line.karwan.sql(
        "INSERT INTO message (conversation_id, seq, sender, text, language, status, attempts)"
        " SELECT id, last_seq + 1, 'staff', %s, 'zh', 'done', 0 FROM conversation WHERE id = %s",
        long,
        line.conversation(chat),
    )
    line.karwan.sql(
        "INSERT INTO delivery (message_id, conversation_id, account_id, seq, sender, epoch, next_at)"
        " SELECT m.id, c.id, c.account_id, m.seq, 'staff', 0, now() - interval '1 minute' FROM message m"
        " JOIN conversation c ON c.id = m.conversation_id WHERE c.id = %s AND m.sender = 'staff'",
        line.conversation(chat),
    )
    parts = line.answer(chat)[1:]
    assert "".join(parts) == long
    assert len(parts) == 3


def test_updates_are_fetched_where_nobody_can_reach_us(
    karwan: Karwan, shop_slug: str, telegram: TelegramPeer, chat: int
) -> None:
    line = open_line(karwan, shop_slug, telegram, "--polling", number=7)
    telegram.from_outside(telegram.offer, line.bot, {"update_id": 1, "message": {"nonsense": True}})
    telegram.from_outside(telegram.offer, line.bot, telegram.text(chat, "/start"))
    assert line.replies(chat, seconds=30) == [words.START["zh"]]
    until(lambda: not line.bot.waiting, 10, "confirmed")
