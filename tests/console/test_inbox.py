"""Two agents and a shopper at once, each at a screen of their own."""

import asyncio
import io
import re

import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from tests.console.people import NAMES, Crew, Person
from tests.console.proxy import Proxy
from tests.instance import Karwan, until
from tests.shopper import Shopper

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=60_000)

ASK = "/talk_to_human"


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (400, 300), "teal").save(file, "JPEG")
    return file.getvalue()


async def say(shopper: Shopper, text: str) -> None:
    await asyncio.to_thread(shopper.say, text)


async def post(shopper: Shopper, text: str) -> None:
    """Write without waiting for an answer: a person has the conversation."""
    assert (await asyncio.to_thread(shopper.post, text)).status_code == 202


async def prove(shopper: Shopper, number: str, digits: str) -> None:
    await say(shopper, f"我的订单 {number} 到哪了")
    await say(shopper, digits)


async def test_who_waits_appears_and_is_answered(karwan: Karwan, first: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, ASK)
        row = first.row(shopper.conversation)
        await expect(row).to_be_visible()  # by itself: nobody loaded the page again
        await expect(first.page.locator("#tabs [data-view=waiting]")).to_contain_text("1")
        await row.locator("a").click()
        await expect(first.page.locator("#why")).to_contain_text("要求转人工")
        await first.write("您好，我来看一下")
        await expect(first.seat).to_have_attribute("data-seat", "mine")
        await expect(row).to_have_count(0)  # it waits no longer
        answer = (await asyncio.to_thread(shopper.messages))[-1]
        assert (answer["from"], answer["text"]) == ("staff", "您好，我来看一下")
        await post(shopper, "谢谢，快一点")
        await expect(first.bubbles().last).to_have_text("谢谢，快一点")
        answered = first.page.locator(".from-staff", has_text="您好，我来看一下")
        await expect(answered.get_by_title("顾客之后又发来消息")).to_be_attached()


async def test_what_was_not_delivered_says_why_and_can_be_tried_again(karwan: Karwan, first: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, ASK)
        await first.open(shopper.conversation)
        await first.write("已经给您补发")
        await expect(first.page.locator(".from-staff:not(.pending)")).to_be_visible()
        karwan.sql(  # as the outbox leaves what a platform does not take
            """
            WITH account AS (
                INSERT INTO channel_account (shop_id, channel, name)
                SELECT shop_id, 'telegram', id::text FROM conversation WHERE id = %s RETURNING id
            )
            INSERT INTO delivery (message_id, conversation_id, account_id, seq, sender, epoch, status, error)
            SELECT m.id, m.conversation_id, account.id, m.seq, 'staff', 0, 'failed', 'refused:403'
            FROM message m, account WHERE m.conversation_id = %s AND m.sender = 'staff'
            """,
            shopper.conversation,
            shopper.conversation,
        )
        await first.open(shopper.conversation)
        line = first.page.locator(".from-staff", has_text="已经给您补发")
        await expect(line.locator(".bad")).to_contain_text("平台拒收这条消息 (403)")
        await first.page.goto("/inbox?view=all")
        await expect(first.row(shopper.conversation).locator(".bad")).to_be_attached()
        await first.row(shopper.conversation).locator("a").click()
        await line.get_by_role("button", name="重试").click()
        await expect(line).not_to_contain_text("(403)")  # it is on its way again
        acts = karwan.sql("SELECT details FROM audit_entry WHERE action = 'send_again'")
        assert len(acts) == 1


async def test_two_take_it_at_once_and_one_gets_it(karwan: Karwan, first: Person, second: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, ASK)
        await asyncio.gather(first.open(shopper.conversation), second.open(shopper.conversation))
        await asyncio.gather(*(person.page.locator("[data-key=claim]").click() for person in (first, second)))
        for person in (first, second):
            await expect(person.seat).to_have_attribute("data-seat", re.compile("mine|other"))
        seats = {await person.seat.get_attribute("data-seat") for person in (first, second)}
        assert seats == {"mine", "other"}
        loser = second if await first.seat.get_attribute("data-seat") == "mine" else first
        await expect(loser.page.locator("#words")).to_be_disabled()
        await expect(loser.page.locator("#toast")).to_be_visible()
        await loser.page.click("#as-note")
        await loser.write("我也看到了")
        winner = first if loser is second else second
        await expect(winner.page.locator(".line.note .bubble")).to_have_text("我也看到了")
        assert "我也看到了" not in str(await asyncio.to_thread(shopper.messages))


async def test_after_a_takeover_in_mid_turn_the_bot_is_silent(karwan: Karwan, first: Person) -> None:
    """The click comes at any time of the turn. tests/staff/test_takeover.py tries more, without a screen."""
    handled = "SELECT 1 FROM message WHERE conversation_id = %s AND status = 'pending'"
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, "你好")
        await first.open(shopper.conversation)
        for moment in range(12):
            sent = (await asyncio.to_thread(shopper.post, "红枣多少钱？")).json()["seq"]
            await asyncio.sleep(moment * 0.04)  # the moment is what is tried, nothing is waited for
            await first.page.click("[data-key=claim]")
            await expect(first.seat).to_have_attribute("data-seat", "mine")
            there = [m["seq"] for m in await asyncio.to_thread(shopper.messages, sent) if m["from"] == "bot"]
            await asyncio.to_thread(until, lambda: not karwan.sql(handled, shopper.conversation), 30)
            after = [m["seq"] for m in await asyncio.to_thread(shopper.messages, sent) if m["from"] == "bot"]
            assert after == there
            await first.page.click("[data-key=release]")
            await first.page.click("dialog .go")
            await expect(first.seat).to_have_attribute("data-seat", "bot")


async def test_an_outdated_answer_is_held_back(karwan: Karwan, first: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, ASK)
        await first.open(shopper.conversation)
        await first.page.fill("#words", "您的红枣明天发货")
        await say(shopper, "不要了，我要取消")
        await expect(first.bubbles().filter(has_text="不要了，我要取消")).to_be_visible()
        await first.page.locator("#words").press("Enter")
        await expect(first.page.locator("#stale")).to_be_visible()
        assert all(m["from"] != "staff" for m in await asyncio.to_thread(shopper.messages))
        await expect(first.page.locator("#words")).to_have_value("您的红枣明天发货")
        await first.page.click("#stale-send")
        await expect(first.page.locator(".from-staff .bubble")).to_have_text("您的红枣明天发货")


async def test_a_page_that_was_away_gets_exactly_what_it_missed(
    karwan: Karwan, browser: Browser, crew: Crew, proxy: Proxy
) -> None:
    async with Person.at_work(browser, crew, "first", proxy.base) as first:
        with (
            Shopper.of(karwan, crew.shop) as shopper,
            Shopper.of(karwan, crew.shop, "ug") as other,
            Shopper.of(karwan, crew.shop) as taken,
        ):
            for one in (shopper, taken):
                await say(one, ASK)
            await first.page.goto("/inbox")
            await expect(first.row(taken.conversation)).to_be_visible()
            await first.row(shopper.conversation).locator("a").click()
            await first.write("在的")
            await expect(first.page.locator(".from-staff .bubble")).to_have_text("在的")
            proxy.cut = True
            proxy.hang_up()
            await expect(first.page.locator("#offline")).to_be_visible()
            for text in ("第一条", "第二条", "第三条"):
                await post(shopper, text)
            await say(other, ASK)
            await asyncio.to_thread(crew.act, "second", f"/conversations/{taken.conversation}/claim")
            await asyncio.to_thread(
                crew.act, "second", f"/conversations/{shopper.conversation}/notes", {"text": "我在看"}
            )
            loaded = await first.page.evaluate("performance.timeOrigin")
            proxy.cut = False
            await expect(first.row(other.conversation)).to_be_visible(timeout=40_000)
            await expect(first.page.locator("#offline")).to_be_hidden()
            heard = first.page.locator(".from-shopper[data-seq] .bubble")
            await expect(heard.last).to_have_text("第三条")
            assert (await heard.all_text_contents())[-3:] == ["第一条", "第二条", "第三条"]
            await expect(first.page.locator(".line.note .bubble")).to_have_text("我在看")
            await expect(first.row(taken.conversation)).to_have_count(0)
            assert await first.page.evaluate("performance.timeOrigin") == loaded  # the page itself stayed
            numbers = await first.page.locator("[data-seq][data-from]").evaluate_all(
                "(lines) => lines.map((line) => Number(line.dataset.seq))"
            )
            assert numbers == sorted(set(numbers))


async def test_an_answer_that_does_not_go_out_can_be_tried_again(
    karwan: Karwan, browser: Browser, crew: Crew, proxy: Proxy
) -> None:
    async with Person.at_work(browser, crew, "first", proxy.base) as first:
        with Shopper.of(karwan, crew.shop) as shopper:
            await say(shopper, ASK)
            await first.open(shopper.conversation)
            proxy.cut = True
            proxy.hang_up()
            await first.write("马上处理")
            line = first.page.locator(".pending")
            await expect(line.locator(".bad")).to_contain_text("没有成功")
            proxy.cut = False
            await line.locator("button").click()
            await expect(first.page.locator(".from-staff:not(.pending) .bubble")).to_have_text("马上处理")
            await expect(first.page.locator(".pending")).to_have_count(0)
            said = [m["text"] for m in await asyncio.to_thread(shopper.messages) if m["from"] == "staff"]
            assert said == ["马上处理"]


async def test_drafts_are_kept_for_each_conversation(karwan: Karwan, first: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as one, Shopper.of(karwan, first.crew.shop) as two:
        for shopper in (one, two):
            await say(shopper, ASK)
        await first.open(one.conversation)
        await first.page.fill("#words", "写了一半")
        await first.open(two.conversation)
        await expect(first.page.locator("#words")).to_have_value("")
        await first.open(one.conversation)
        await expect(first.page.locator("#words")).to_have_value("写了一半")


async def test_what_is_read_does_not_move(karwan: Karwan, first: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, ASK)
        await first.open(shopper.conversation)
        await first.page.click("[data-key=claim]")
        await expect(first.seat).to_have_attribute("data-seat", "mine")
        for number in range(25):
            await post(shopper, f"第 {number} 条")
        await expect(first.bubbles().last).to_have_text("第 24 条")
        log = first.page.locator("#log")
        await log.evaluate("(log) => { log.scrollTop = 100; }")
        await expect(first.page.locator("#chip")).to_be_hidden()
        for text in ("甲", "乙", "丙"):
            await post(shopper, text)
        await expect(first.page.locator("#chip")).to_have_text("3 条新消息")
        assert await log.evaluate("(log) => log.scrollTop") == 100
        await first.page.click("#chip")
        await expect(first.bubbles().last).to_be_in_viewport()
        await expect(first.page.locator("#chip")).to_be_hidden()


async def test_who_else_is_there_and_writes(karwan: Karwan, first: Person, second: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, ASK)
        await first.open(shopper.conversation)
        await second.open(shopper.conversation)
        others = first.page.locator("#others")
        await expect(others).to_contain_text(NAMES["second"])
        await second.page.locator("#words").press_sequentially("我")
        await expect(others).to_contain_text("正在输入")
        await second.page.goto("/inbox")
        await expect(others).to_have_text("", timeout=60_000)


async def test_pictures_go_both_ways(karwan: Karwan, first: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, ASK)
        await first.open(shopper.conversation)
        await asyncio.to_thread(shopper.show, jpeg())
        shown = first.page.locator(".from-shopper .shot img")
        await expect(shown).to_be_visible()
        assert await shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 400
        picture = {"name": "packing.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
        await first.page.set_input_files("#file", files=[picture])
        await first.page.click("#send")
        await expect(first.page.locator(".from-staff:not(.pending) .shot img")).to_be_visible()
        seen = (await asyncio.to_thread(shopper.messages))[-1]
        assert (seen["from"], bool(seen["image"])) == ("staff", True)


async def test_passing_on_ending_and_rating(karwan: Karwan, first: Person, second: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, ASK)
        await first.open(shopper.conversation)
        await first.page.click("[data-key=claim]")
        await first.page.click("[data-key=transfer]")
        await first.page.get_by_label(NAMES["second"]).check()
        await first.page.fill("#d-note", "顾客说维吾尔语")
        await first.page.click("dialog .go")
        await expect(first.seat).to_have_attribute("data-seat", "other")
        await second.open(shopper.conversation)
        await expect(second.seat).to_have_attribute("data-seat", "mine")
        await expect(second.page.locator(".line.note")).to_contain_text("顾客说维吾尔语")
        await second.page.click("[data-key=close]")
        await second.page.click("dialog .go")
        await expect(second.seat).to_have_attribute("data-seat", "closed")
        asked = (await asyncio.to_thread(shopper.messages))[-1]
        assert len(asked["buttons"]) == 5
        best = asked["buttons"][0]
        await asyncio.to_thread(shopper.post, best["payload"], title=best["title"])
        await expect(second.bubbles().filter(has_text=best["title"])).to_have_count(1)
        await second.open(shopper.conversation)
        await expect(second.page.locator("#card")).to_contain_text("5 分")


async def test_what_an_agent_does_to_orders_is_logged(karwan: Karwan, first: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await prove(shopper, "20261101001044", "8253")
        await first.open(shopper.conversation)
        card = first.page.locator("#card")
        await expect(card).to_contain_text("138****8253")
        await card.get_by_role("button", name="同意").click()
        await first.page.fill("#d-amount", "9999")
        await first.page.click("dialog .go")
        await expect(first.page.locator("#toast")).to_contain_text("金额超过")
        await first.page.fill("#d-amount", "30.00")
        await first.page.click("dialog .go")
        await expect(card).to_contain_text("30.00元 · 待打款")
        await card.get_by_role("button", name="显示个人信息").click()
        await expect(card).not_to_contain_text("****")
        log = karwan.sql(
            "SELECT action FROM audit_entry a JOIN shop s ON s.id = a.shop_id"
            " WHERE s.slug = %s ORDER BY a.id",
            first.crew.shop,
        )
        assert [action for (action,) in log if action in ("approve_return", "unmask")] == [
            "approve_return",
            "unmask",
        ]


async def test_a_number_that_is_only_written_can_be_called(karwan: Karwan, first: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await asyncio.to_thread(shopper.say, "转人工")
        await asyncio.to_thread(shopper.say, "明天10点打 +86 13800138000")
        await first.open(shopper.conversation)
        card = first.page.locator("#card")
        await expect(card).to_contain_text("****8000")
        await card.get_by_role("button", name="显示个人信息").click()
        await expect(card).to_contain_text("13800138000")
        await expect(card).not_to_contain_text("****")


async def test_an_order_is_cancelled_and_a_return_opened(karwan: Karwan, first: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await prove(shopper, "20261101001005", "6612")
        await first.open(shopper.conversation)
        order = first.page.locator(".order", has_text="20261101001005")
        await order.locator("summary").click()
        await order.get_by_role("button", name="取消订单").click()
        await first.page.click("dialog .go")
        await expect(order.locator("summary")).to_contain_text("已取消")
        melons = first.page.locator(".order", has_text="20261101001028")
        await melons.locator("summary").click()
        await melons.get_by_role("button", name="发起售后").click()
        await first.page.get_by_label("退货退款").check()
        await first.page.fill("#d-reason", "不想要了")
        await first.page.click("dialog .go")
        await expect(first.page.locator("#toast")).to_contain_text("不支持无理由退货")


async def test_ready_answers_and_names(karwan: Karwan, first: Person) -> None:
    await first.page.goto("/ready")
    form = first.page.locator("form", has_text="新建快捷回复")
    await form.get_by_label("快捷词").fill("hi")
    await form.get_by_label("中文").fill("您好，我是{agent}，{shop}的客服。")
    await form.get_by_role("button", name="添加").click()
    await expect(first.page.locator("input[value=hi]")).to_be_visible()
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, ASK)
        await first.open(shopper.conversation)
        await first.page.locator("#words").press_sequentially("/h")
        await expect(first.page.locator("#picker")).to_be_visible()
        await first.page.keyboard.press("Enter")
        await expect(first.page.locator("#words")).to_have_value(
            f"您好，我是{NAMES['first']}，天山果园的客服。"
        )
        await first.page.fill("#words", "")
        await first.page.click("#as-note")
        await first.page.locator("#words").press_sequentially("@店")
        await expect(first.page.locator("#picker")).to_be_visible()
        await first.page.keyboard.press("Enter")
        await first.page.keyboard.press("Enter")
        await expect(first.page.locator(".line.note .bubble")).to_have_text(f"@{NAMES['owner']}")
        mentions = karwan.sql("SELECT mentions FROM note WHERE conversation_id = %s", shopper.conversation)
        assert len(mentions[0][0]) == 1


async def test_who_is_named_in_a_note_is_told(karwan: Karwan, first: Person, second: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, "你好")
        await second.page.goto("/inbox")  # where that conversation, which is with the bot, is not
        await first.open(shopper.conversation)
        await first.page.click("#as-note")
        await first.write(f"@{NAMES['second']} 请看一下")
        await expect(second.page.locator("#toast")).to_contain_text("有备注提到您")
        mine = second.page.locator("#tabs [data-view=mine] b")
        await expect(mine).to_have_text("1")  # by itself: what stands under it is more than what is theirs
        await second.page.goto("/inbox?view=mine")
        await expect(mine).to_have_text("1")
        await expect(second.row(shopper.conversation).locator(".named")).to_be_visible()
        await second.row(shopper.conversation).locator("a").click()
        await expect(second.page.locator(".line.note .bubble")).to_contain_text("请看一下")
        await expect(mine).to_have_count(0)
        await expect(second.row(shopper.conversation)).to_be_visible()  # not taken away while it is read
        await first.page.click("#as-note")
        await first.write(f"@{NAMES['second']} 还有一件事")
        await expect(second.page.locator(".line.note .bubble").last).to_contain_text("还有一件事")
        await expect(mine).to_have_count(0)  # seen as it came
        await second.page.goto("/inbox?view=mine")
        await expect(second.page.locator("#no-rows")).to_be_visible()  # seen, and not theirs


async def test_an_answer_that_fails_elsewhere_is_a_draft_again(
    karwan: Karwan, browser: Browser, crew: Crew, proxy: Proxy
) -> None:
    async with Person.at_work(browser, crew, "first", proxy.base) as first:
        with Shopper.of(karwan, crew.shop) as shopper, Shopper.of(karwan, crew.shop) as other:
            for one in (shopper, other):
                await say(one, ASK)
            await first.open(shopper.conversation)
            proxy.lost = f"POST /inbox/{shopper.conversation}/messages ".encode()
            await first.write("马上处理")
            await expect(first.page.locator(".pending")).to_be_visible()
            await first.row(other.conversation).locator("a").click()
            await expect(first.page.locator(f'[data-conversation="{other.conversation}"]')).to_be_attached()
            await asyncio.wait_for(proxy.died.wait(), 10)
            proxy.cut = True  # a browser sends once more what was cut on a connection it had used before
            proxy.hang_up()
            await expect(first.page.locator("#toast")).to_be_visible()
            proxy.cut, proxy.lost = False, b""
            await first.row(shopper.conversation).locator("a").click()
            await expect(first.page.locator("#words")).to_have_value("马上处理")


async def test_everything_has_a_key(karwan: Karwan, first: Person) -> None:
    keys = first.page.keyboard
    with Shopper.of(karwan, first.crew.shop) as one, Shopper.of(karwan, first.crew.shop) as two:
        for shopper in (one, two):
            await say(shopper, ASK)
        await first.page.goto("/inbox")
        await keys.press("j")
        await expect(first.page.locator("#thread")).to_have_attribute("data-conversation", one.conversation)
        await keys.press("j")
        await expect(first.page.locator("#thread")).to_have_attribute("data-conversation", two.conversation)
        await keys.press("c")
        await expect(first.seat).to_have_attribute("data-seat", "mine")
        await keys.press("n")
        await expect(first.page.locator("#as-note")).to_have_attribute("aria-pressed", "true")
        await keys.press("Escape")
        await keys.press("r")
        await expect(first.page.locator("#words")).to_be_focused()
        await keys.type("收到")
        await keys.press("Enter")
        await expect(first.page.locator(".from-staff .bubble")).to_have_text("收到")
        await keys.press("Escape")
        await keys.press("q")
        await first.page.fill("#d-note", "请懂维吾尔语的同事接")
        await first.page.click("dialog .go")
        await expect(first.seat).to_have_attribute("data-seat", "queued")
        await expect(first.page.locator(".line.note .bubble")).to_have_text("请懂维吾尔语的同事接")
        await keys.press("c")
        await expect(first.seat).to_have_attribute("data-seat", "mine")
        await keys.press("?")
        await expect(first.page.locator("#keys")).to_be_visible()
        await keys.press("Escape")
        await keys.press("b")
        await expect(first.page.locator("dialog.acting")).to_be_visible()
        await first.page.fill("#d-brief", "已经解释过了")
        await first.page.click("dialog .go")
        await expect(first.seat).to_have_attribute("data-seat", "bot")
        await keys.press("/")
        await expect(first.page.locator("#search")).to_be_focused()


async def test_searching_and_filtering(karwan: Karwan, first: Person) -> None:
    with Shopper.of(karwan, first.crew.shop) as one, Shopper.of(karwan, first.crew.shop, "ug") as two:
        await say(one, "请问核桃怎么保存？")
        await say(two, "ياخشىمۇسىز")
        await first.page.goto("/inbox?view=all")
        await expect(first.page.locator(".row")).to_have_count(2)
        await first.page.fill("#search", "核桃")
        await expect(first.row(two.conversation)).to_have_count(0)
        await expect(first.row(one.conversation)).to_be_visible()
        await first.page.fill("#search", "")
        await first.page.click("#more-filters")
        await first.page.select_option("select[name=language]", "ug")
        await expect(first.row(one.conversation)).to_have_count(0)
        await expect(first.row(two.conversation)).to_be_visible()
        await say(one, "还有杏干吗？")  # changes, and is still not wanted in this list
        await say(two, "رەھمەت")
        await expect(first.row(two.conversation)).to_contain_text("2")
        await expect(first.row(one.conversation)).to_have_count(0)


async def test_what_shoppers_write_is_only_text(karwan: Karwan, first: Person) -> None:
    bad = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    with Shopper.of(karwan, first.crew.shop) as shopper:
        await say(shopper, ASK)
        await first.open(shopper.conversation)
        await say(shopper, bad)
        await expect(first.bubbles().filter(has_text="onerror")).to_have_text(bad)
        assert await first.page.locator(".bubble img, .row img, .bubble script").count() == 0
