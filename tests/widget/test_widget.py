"""What a shopper sees and does, in a real browser, against a server that can be told to misbehave."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Locator, Page, expect

from bot.widget.script import FOLDER, STYLES, script
from tests.widget.peer import AXE, Fault, Peer

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=30_000)


async def open_widget(page: Page, path: str = "/") -> Locator:
    """Opens the panel and waits for the line; the answer is where one writes."""
    await page.goto(path)
    await page.locator(".launcher").click()
    await expect(page.locator(".panel")).to_be_visible()
    return page.locator("textarea")


async def write(page: Page, text: str) -> None:
    await page.locator("textarea").fill(text)
    await page.keyboard.press("Enter")


async def until(page: Page, condition: Callable[[], bool], seconds: float = 10) -> None:
    """Waits for the peer, while the page runs on."""
    for _ in range(int(seconds * 20)):
        if condition():
            return
        await page.wait_for_timeout(50)
    raise AssertionError("the server never saw it")


def texts(page: Page) -> Locator:
    return page.locator(".row .bubble")


def picture(size: int = 0) -> bytes:
    """A small true PNG, filled up behind its end to the size wanted."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    return file.getvalue().ljust(size, b"\0")


async def test_first_conversation(page: Page, peer: Peer) -> None:
    await open_widget(page)
    await write(page, "我的订单到哪了？")
    await expect(page.locator(".typing")).to_be_visible()
    await expect(page.locator(".shopper .meta")).to_contain_text("已发送")
    peer.say("请告诉我订单号")
    await expect(page.locator(".row.bot")).to_contain_text("请告诉我订单号")
    await expect(page.locator(".row.bot .who")).to_have_text("智能助手")
    await expect(page.locator(".typing")).to_be_hidden()
    assert peer.sessions == [{"language": "zh"}]


async def test_nothing_is_asked_of_the_server_before_the_widget_is_opened(page: Page, peer: Peer) -> None:
    await page.goto("/")
    await expect(page.locator(".launcher")).to_be_visible()
    assert not [path for _, path in peer.asked if "/channels/" in path]


@pytest.mark.parametrize("how", [{"cut": "before"}, {"cut": "after"}, {"status": 500}])
async def test_a_message_is_sent_again_with_the_same_id(page: Page, peer: Peer, how: dict[str, Any]) -> None:
    await open_widget(page)
    await until(page, lambda: peer.streams == 1)
    peer.faults.append(Fault("POST", "/messages", **how))
    peer.faults.append(Fault("GET", "/events", status=500))
    peer.cut_streams()
    await write(page, "有货吗？")
    await expect(page.locator(".shopper .meta")).to_contain_text("已发送")
    assert [message["text"] for message in peer.messages] == ["有货吗？"]
    assert len(set(peer.posted)) == 1
    await expect(texts(page)).to_have_count(1)


async def test_messages_keep_their_order_while_the_first_is_retried(page: Page, peer: Peer) -> None:
    await open_widget(page)
    peer.faults.append(Fault("POST", "/messages", status=503))
    for text in ("一", "二", "三"):
        await write(page, text)
    await until(page, lambda: bool(peer.conversations) and len(peer.messages) == 3)
    assert [message["text"] for message in peer.messages] == ["一", "二", "三"]
    await expect(texts(page)).to_have_text(["一", "二", "三"])


async def test_too_fast_waits_as_long_as_told(page: Page, peer: Peer) -> None:
    await open_widget(page)
    await until(page, lambda: peer.streams == 1)
    peer.faults.append(Fault("POST", "/messages", status=429, headers={"Retry-After": "3"}))
    await write(page, "快")
    await page.wait_for_timeout(2000)
    assert peer.posted == []
    await expect(page.locator(".shopper .meta")).to_contain_text("已发送")


@pytest.mark.parametrize(
    "status, why", [(413, "内容太长"), (422, "无法识别"), (404, "暂时用不了"), (403, "未发送")]
)
async def test_a_refused_message_says_why_and_can_be_tried_again(
    page: Page, peer: Peer, status: int, why: str
) -> None:
    await open_widget(page)
    peer.faults.append(Fault("POST", "/messages", status=status))
    await write(page, "你好")
    await expect(page.locator(".shopper .meta")).to_contain_text(why)
    await page.reload()
    await page.locator(".launcher").click()
    await page.get_by_role("button", name="重新发送").click()
    await expect(page.locator(".shopper .meta")).to_contain_text("已发送")
    assert [message["text"] for message in peer.messages] == ["你好"]


async def test_a_reload_keeps_history_and_the_unsent(page: Page, peer: Peer) -> None:
    await open_widget(page)
    await write(page, "第一条")
    await until(page, lambda: bool(peer.conversations) and len(peer.messages) == 1)
    peer.say("答复")
    await expect(texts(page)).to_have_count(2)
    peer.faults.extend(Fault("POST", "/messages", cut="before") for _ in range(9))
    await write(page, "第二条")
    await expect(page.locator(".meta.bad")).to_contain_text("还没发出")
    peer.faults.clear()
    await page.reload()
    await page.locator(".launcher").click()
    await expect(texts(page)).to_have_text(["第一条", "答复", "第二条"])
    await expect(page.locator(".shopper .meta").last).to_contain_text("已发送")
    assert [message["text"] for message in peer.messages] == ["第一条", "答复", "第二条"]


async def test_a_broken_stream_resumes_by_number_without_doubles(page: Page, peer: Peer) -> None:
    await open_widget(page)
    await until(page, lambda: peer.streams == 1)
    peer.say("一")
    await expect(texts(page)).to_have_count(1)
    peer.cut_streams()
    peer.say("二")
    peer.say("三")
    await expect(texts(page)).to_have_text(["一", "二", "三"])
    await until(page, lambda: ("GET", "/channels/web/demo/events?after=3") in peer.asked)
    peer.say("四")
    await expect(texts(page)).to_have_text(["一", "二", "三", "四"])


async def test_buttons_send_their_payload_and_show_their_title(page: Page, peer: Peer) -> None:
    await open_widget(page)
    await until(page, lambda: peer.streams == 1)
    peer.say("早些的", buttons=[{"title": "旧", "payload": "/old"}])
    peer.say(
        "退还是换？", buttons=[{"title": "退货", "payload": "/return"}, {"title": "换货", "payload": "/swap"}]
    )
    await expect(page.locator(".answer")).to_have_text(["退货", "换货"])
    await page.get_by_role("button", name="退货").click()
    await expect(page.locator(".shopper .bubble")).to_have_text("退货")
    await expect(page.locator(".answer")).to_have_count(0)
    await until(page, lambda: len(peer.messages) == 3)
    assert (peer.messages[2]["text"], peer.messages[2]["title"]) == ("/return", "退货")
    peer.messages[2]["title"] = None  # a server that forgets titles
    await page.reload()
    await page.locator(".launcher").click()
    await expect(page.locator(".shopper .bubble")).to_have_text("退货")


async def test_uyghur_runs_the_other_way(page: Page, peer: Peer) -> None:
    await open_widget(page, "/?lang=ug")
    await until(page, lambda: peer.streams == 1)
    peer.say("زاكازىڭىز ئەۋەتىلدى: KW-20240501-001، 18:30، 138 0013 8000", language="ug")
    peer.say("发货了", language="zh")
    bubble = texts(page).first
    await expect(bubble).to_have_css("direction", "rtl")
    await expect(bubble).to_have_attribute("lang", "ug")
    await expect(texts(page).last).to_have_css("direction", "ltr")
    await expect(page.locator(".log")).to_have_css("direction", "rtl")
    await expect(bubble.locator("bdi")).to_have_text(["KW-20240501-001", "18:30", "138 0013 8000"])
    await expect(bubble.locator("bdi").first).to_have_css("direction", "ltr")
    panel = await page.locator(".panel").bounding_box()
    assert panel
    assert panel["x"] < 100
    assert peer.sessions == [{"language": "ug"}]


@pytest.mark.parametrize("name", STYLES)
async def test_styles_know_no_physical_side(name: str) -> None:
    style = (FOLDER / name).read_text("utf-8")
    assert re.findall(r"\b(?:left|right)\b", style) == []
    if name == "widget.css":
        assert re.findall(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(", style) == []  # colours are tokens


async def test_the_language_is_switched_from_the_menu(page: Page, peer: Peer) -> None:
    await open_widget(page)
    await page.get_by_role("button", name="更多").click()
    await page.get_by_role("button", name="ئۇيغۇرچە").click()
    await expect(page.locator(".root")).to_have_attribute("dir", "rtl")
    await expect(page.locator("h2")).to_have_text("خېرىدارلار مۇلازىمىتى")
    await until(page, lambda: len(peer.messages) == 1)
    assert peer.messages[0]["text"] == '/switch_language{"language":"ug"}'
    await expect(page.locator(".shopper .bubble")).to_have_text("ئۇيغۇرچە")
    await page.reload()
    await expect(page.locator(".root")).to_have_attribute("lang", "ug")


async def test_a_person_is_one_press_away_and_named_as_a_person(page: Page, peer: Peer) -> None:
    await open_widget(page)
    await until(page, lambda: peer.streams == 1)
    await page.get_by_role("button", name="更多").click()
    await page.locator(".menu").get_by_role("button", name="找人工客服").click()
    await until(page, lambda: len(peer.messages) == 1)
    assert peer.messages[0]["text"] == "/talk_to_human"
    peer.push("mode", mode="queued")
    await expect(page.locator(".state")).to_have_text("正在为您接人工客服，请稍候")
    peer.push("mode", mode="human")
    await expect(page.locator(".state")).to_have_text("人工客服正在为您服务")
    peer.say("您好", sender="staff")
    await expect(page.locator(".row.staff .who")).to_have_text("人工客服")
    await write(page, "谢谢")
    await expect(page.locator(".shopper .meta").last).to_contain_text("已发送")
    await expect(page.locator(".typing")).to_be_hidden()
    peer.push("typing")
    await expect(page.locator(".typing")).to_be_visible()


async def test_all_by_keyboard(page: Page, peer: Peer) -> None:
    await page.goto("/")
    await expect(page.locator(".launcher")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("textarea")).to_be_focused()
    await page.keyboard.type("a")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("b")
    assert peer.posted == []
    await page.keyboard.press("Enter")
    await until(page, lambda: bool(peer.conversations) and len(peer.messages) == 1)
    assert peer.messages[0]["text"] == "a\nb"
    await page.get_by_role("button", name="更多").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".menu button").first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".menu")).to_be_hidden()
    await expect(page.locator(".more")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".panel")).to_be_hidden()
    await expect(page.locator(".launcher")).to_be_focused()


async def test_a_picture_is_shown_and_sent(page: Page, peer: Peer) -> None:
    await open_widget(page)
    file = {"name": "melon.png", "mimeType": "image/png", "buffer": picture()}
    await page.locator("input[type=file]").set_input_files([file])
    await expect(page.locator(".thumb img")).to_be_visible()
    await page.locator(".send").click()
    await until(page, lambda: bool(peer.conversations) and len(peer.messages) == 1)
    assert list(peer.bodies.values()) == [picture()]
    await expect(page.locator(".shopper .meta")).to_contain_text("已发送")
    await page.reload()
    await page.locator(".launcher").click()
    await expect(page.locator(".row img")).to_have_js_property("naturalWidth", 40)
    assert len(peer.messages) == 1


async def test_an_unsent_picture_survives_a_reload(page: Page, peer: Peer) -> None:
    await open_widget(page)
    await until(page, lambda: peer.streams == 1)
    peer.faults.extend(Fault("POST", "/images", cut="before") for _ in range(9))
    file = {"name": "melon.png", "mimeType": "image/png", "buffer": picture()}
    await page.locator("input[type=file]").set_input_files([file])
    await page.locator(".send").click()
    await expect(page.locator(".shopper .meta")).to_contain_text("还没发出")
    peer.faults.clear()
    await page.reload()
    await until(page, lambda: list(peer.bodies.values()) == [picture()])
    assert len(peer.messages) == 1


@pytest.mark.parametrize(
    "kind, size, why", [("image/png", 10 * 1024 * 1024 + 1, "10 MB"), ("image/gif", 9, "JPG")]
)
async def test_a_wrong_picture_is_refused_before_it_is_sent(
    page: Page, peer: Peer, kind: str, size: int, why: str
) -> None:
    await open_widget(page)
    file = {"name": "file", "mimeType": kind, "buffer": picture(size)}
    await page.locator("input[type=file]").set_input_files([file])
    await expect(page.get_by_role("alert")).to_contain_text(why)
    await expect(page.locator(".thumb")).to_have_count(0)
    await page.locator(".send").click()
    assert peer.bodies == {}


async def test_a_picture_is_pasted_and_dropped(page: Page, peer: Peer) -> None:
    await open_widget(page)
    make = """(node, [type, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "p.png", { type: "image/png" }));
        const names = { paste: "clipboardData", drop: "dataTransfer" };
        const kind = type === "paste" ? ClipboardEvent : DragEvent;
        node.dispatchEvent(new kind(type, { [names[type]]: data, bubbles: true, cancelable: true }));
    }"""
    for way in ("paste", "drop"):
        await page.locator("textarea").evaluate(make, [way, list(picture())])
    await expect(page.locator(".thumb")).to_have_count(2)
    await page.locator(".thumb").first.click()
    await expect(page.locator(".thumb")).to_have_count(1)


async def test_hostile_text_is_only_text(page: Page, peer: Peer) -> None:
    hostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> javascript:alert(1)'
    await open_widget(page)
    await until(page, lambda: peer.streams == 1)
    peer.say(hostile, buttons=[{"title": hostile, "payload": "/x"}])
    peer.say('见 https://example.com/a?b=1"onclick="x。好', language='"><b>')
    await expect(texts(page).first).to_have_text(hostile)
    link = texts(page).last.locator("a")
    await expect(link).to_have_attribute("href", "https://example.com/a?b=1")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(page.locator(".row a, .row img, .row script")).to_have_count(1)
    assert await page.evaluate("window.hacked") is None


async def test_a_token_no_longer_good_is_renewed_and_nothing_is_lost(page: Page, peer: Peer) -> None:
    await open_widget(page)
    await until(page, lambda: peer.streams == 1)
    peer.say("旧的答复")
    await expect(texts(page)).to_have_count(1)
    peer.conversations.clear()
    await write(page, "还在吗？")
    await until(page, lambda: bool(peer.conversations) and len(peer.messages) == 1)
    assert len(peer.sessions) == 2
    await until(page, lambda: sum("/events" in path for _, path in peer.asked) == 2)
    peer.say("在的")
    await expect(texts(page)).to_have_text(["旧的答复", "还在吗？", "在的"])


async def test_what_is_being_read_does_not_move(page: Page, peer: Peer) -> None:
    await open_widget(page)
    await until(page, lambda: peer.streams == 1)
    for number in range(30):
        peer.say(f"第 {number} 行")
    await expect(texts(page)).to_have_count(30)
    log = page.locator(".log")
    assert await log.evaluate("node => node.scrollHeight - node.scrollTop - node.clientHeight") < 2
    await log.evaluate("node => { node.scrollTop = 100; }")
    await page.wait_for_timeout(100)
    peer.say("新一")
    peer.say("新二")
    await expect(page.locator(".chip")).to_have_text("2 条新消息")
    assert await log.evaluate("node => node.scrollTop") == 100
    await page.locator(".chip").click()
    await expect(page.locator(".chip")).to_be_hidden()
    assert await log.evaluate("node => node.scrollHeight - node.scrollTop - node.clientHeight") < 2


async def test_unread_are_counted_on_the_button(page: Page, peer: Peer) -> None:
    await open_widget(page)
    await until(page, lambda: peer.streams == 1)
    await page.keyboard.press("Escape")
    peer.say("一")
    peer.say("二")
    await expect(page.locator(".badge")).to_have_text("2")
    await page.reload()
    await expect(page.locator(".badge")).to_have_text("2")
    await page.locator(".launcher").click()
    await expect(page.locator(".badge")).to_be_hidden()
    await page.reload()
    await until(page, lambda: peer.streams >= 1)
    await expect(page.locator(".badge")).to_be_hidden()


async def test_enter_that_chooses_a_chinese_word_does_not_send(page: Page, peer: Peer) -> None:
    await open_widget(page)
    session = await page.context.new_cdp_session(page)
    await session.send("Input.imeSetComposition", {"text": "ni'hao", "selectionStart": 6, "selectionEnd": 6})
    press = """(node, how) =>
        node.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, ...how }))"""
    for how in ({"isComposing": True}, {"keyCode": 229}):
        await page.locator("textarea").evaluate(press, how)
    await session.send("Input.insertText", {"text": "你好"})
    await expect(page.locator("textarea")).to_have_value("你好")
    await expect(texts(page)).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(texts(page)).to_have_text("你好")


async def test_offline_is_told_and_overcome(page: Page, context: BrowserContext, peer: Peer) -> None:
    await open_widget(page)
    await until(page, lambda: peer.streams == 1)
    await context.set_offline(True)
    await expect(page.locator(".banner")).to_be_visible()
    await write(page, "喂")
    await context.set_offline(False)
    await expect(page.locator(".banner")).to_be_hidden()
    await expect(page.locator(".shopper .meta")).to_contain_text("已发送")
    assert len(peer.messages) == 1


async def test_works_where_storage_is_blocked(page: Page, peer: Peer) -> None:
    await open_widget(page, "/blocked")
    await write(page, "你好")
    await expect(page.locator(".shopper .meta")).to_contain_text("已发送")
    assert len(peer.messages) == 1


async def test_the_box_grows_to_five_lines(page: Page) -> None:
    box = await open_widget(page)
    heights = []
    for lines in (1, 3, 5, 9):
        await box.fill("\n".join("x" * lines))
        heights.append(await box.evaluate("node => node.offsetHeight"))
    assert heights[0] < heights[1] < heights[2] == heights[3]


async def test_at_phone_width_it_fills_the_screen(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await open_widget(page)
    assert await page.locator(".panel").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    await page.keyboard.press("Escape")
    await expect(page.locator(".launcher")).to_be_focused()


async def test_it_is_small() -> None:
    assert len(script().encode()) <= 30 * 1024


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "ug", "en"])
async def test_axe_finds_nothing(page: Page, peer: Peer, language: str, theme: str) -> None:
    assert AXE.exists(), "axe-core is missing: run `npm ci` in the repository's root"
    await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    await page.goto(f"/?lang={language}")
    await expect(page.locator(".launcher")).to_be_visible()
    await page.add_script_tag(url="/axe.js")
    await page.locator(".launcher").click()
    await until(page, lambda: peer.streams == 1)
    found = [await violations(page)]
    peer.faults.append(Fault("POST", "/messages", status=422))
    await write(page, "KW1")
    peer.say("您好 https://example.com 18:30", sender="staff")
    peer.say("您好", buttons=[{"title": "好", "payload": "/x"}])
    peer.push("mode", mode="queued")
    await expect(texts(page)).to_have_count(3)
    file = {"name": "file.gif", "mimeType": "image/gif", "buffer": b"GIF"}
    await page.locator("input[type=file]").set_input_files([file])
    await page.locator(".more").click()
    found.append(await violations(page))
    await page.keyboard.press("Escape")
    peer.push("mode", mode="human")
    found.append(await violations(page))
    assert found == [[], [], []]


async def violations(page: Page) -> list[str]:
    result = await page.evaluate("axe.run()")
    return [f"{found['id']}: {node['html']}" for found in result["violations"] for node in found["nodes"]]
