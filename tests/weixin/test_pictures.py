"""Photos and recordings: fetched at once, kept as the web channel keeps them, answered in their turn."""

from tests.instance import Karwan, until
from tests.peers.base import Trouble
from tests.peers.wechat import MEDIA, WeChatPeer
from tests.peers.wecom import WecomPeer
from tests.web.test_images import picture

KEPT = """
    SELECT a.content_type, length(a.content), m.text, m.status FROM message m
    LEFT JOIN attachment a ON a.id = m.attachment_id
    JOIN conversation c ON c.id = m.conversation_id JOIN contact_inbox i ON i.id = c.contact_inbox_id
    WHERE i.external_id = %s AND m.sender = 'shopper' ORDER BY m.seq
"""


def kept(karwan: Karwan, user: str) -> list[str | None]:
    until(lambda: all(row[3] == "done" for row in karwan.sql(KEPT, user)), 30, "answered")
    return [kind for kind, *_ in karwan.sql(KEPT, user)]


def test_a_photo(karwan: Karwan, wechat: WeChatPeer) -> None:
    wechat.picture("o-photo", picture("PNG", (2000, 1000)), "image/png")
    assert wechat.phones.until("o-photo", 1)
    assert kept(karwan, "o-photo") == ["image/jpeg"]


def test_a_photo_without_the_service_api(karwan: Karwan, plain: WeChatPeer) -> None:
    assert plain.picture("o-photo-plain", picture()).reply
    assert kept(karwan, "o-photo-plain") == ["image/jpeg"]
    assert MEDIA not in plain.calls


def test_text_does_not_overtake_a_photo(karwan: Karwan, wechat: WeChatPeer) -> None:
    wechat.fail(MEDIA, Trouble.error)
    future = wechat.soon(_photo_and_text(wechat))
    future.result(30)
    assert kept(karwan, "o-after") == ["image/jpeg", None]
    rows = karwan.sql(KEPT, "o-after")
    assert [text for *_, text, _ in rows] == ["", "这是照片里的东西"]


async def _photo_and_text(wechat: WeChatPeer) -> None:
    wechat.media["p"] = ("image/jpeg", picture())
    url = f"{wechat.base}/pic/p"
    await wechat.message("o-after", MsgType="image", MediaId="p", PicUrl=url)
    await wechat.text("o-after", "这是照片里的东西")


def test_what_is_no_photo(karwan: Karwan, wechat: WeChatPeer, wecom: WecomPeer) -> None:
    push = wechat.picture("o-none", b"GIF89a not a picture", "image/gif")
    assert "打不开" in wechat.answer("o-none", push)
    wecom.run(wecom.message("u-none", "image", {"media_id": "expired"}))
    assert "打不开" in wecom.phones.until("u-none", 1)[-1]
    assert kept(karwan, "o-none") == kept(karwan, "u-none") == [None]


def test_a_photo_on_wecom(karwan: Karwan, wecom: WecomPeer) -> None:
    wecom.picture("u-photo", picture())
    wecom.phones.until("u-photo", 1)
    assert kept(karwan, "u-photo") == ["image/jpeg"]


def test_a_recording_is_kept_and_goes_to_a_person(
    karwan: Karwan, wechat: WeChatPeer, wecom: WecomPeer
) -> None:
    wechat.media["v"] = wecom.media["v"] = ("audio/amr", b"#!AMR\n recording")
    push = wechat.run(wechat.message("o-voice-only", MsgType="voice", MediaId="v", Format="amr"))
    assert "听不了语音" in wechat.answer("o-voice-only", push)
    wecom.run(wecom.message("u-voice", "voice", {"media_id": "v"}))
    assert "听不了语音" in wecom.phones.until("u-voice", 1)[-1]
    assert kept(karwan, "o-voice-only") == kept(karwan, "u-voice") == ["audio/amr"]
    modes = "SELECT DISTINCT c.mode FROM conversation c JOIN contact_inbox i ON i.id = c.contact_inbox_id"
    modes += " WHERE i.external_id IN ('o-voice-only', 'u-voice')"
    assert karwan.sql(modes) == [("queued",)]
