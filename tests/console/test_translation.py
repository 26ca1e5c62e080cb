"""An agent who reads no Uyghur, with a translator: in a browser, against a service of the test's own."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.async_api import Browser, expect

from tests.console.people import Crew, Person
from tests.instance import Karwan, running
from tests.shopper import Shopper

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=60_000)

UYGHUR, CHINESE = "زاكازىم قاچان كېلىدۇ؟", "我的订单什么时候到？"
ANSWER, TRANSLATED = "明天送到", "ئەتە يېتىپ بارىدۇ"
KNOWN = {UYGHUR: CHINESE, ANSWER: TRANSLATED}


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        words = KNOWN.get(asked["messages"][-1]["content"])
        body = json.dumps({"choices": [{"message": {"content": words}}]}) if words else "{}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def translating() -> Iterator[Karwan]:
    """The product with a translator."""
    service = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    url = f"http://127.0.0.1:{service.server_address[1]}/v1"
    with running(TRANSLATOR="openai", TRANSLATOR_URL=url, TRANSLATOR_MODEL="some-model") as karwan:
        yield karwan
    service.shutdown()
    thread.join()
    service.server_close()


@pytest.fixture
def translating_crew(translating: Karwan) -> Crew:
    return Crew.of(translating, translating.new_shop())


async def test_what_was_said_is_read_and_what_is_answered_is_seen_first(
    translating: Karwan, translating_crew: Crew, browser: Browser
) -> None:
    async with Person.at_work(browser, translating_crew, "first") as first:
        with Shopper.of(translating, translating_crew.shop, "ug") as shopper:
            await asyncio.to_thread(shopper.say, UYGHUR)
            await first.open(shopper.conversation)
            line = first.page.locator(".from-shopper", has_text=UYGHUR)
            await line.get_by_role("button", name="翻译").click()
            await expect(first.page.locator(".from-shopper .machine")).to_have_text(CHINESE)

            await first.page.fill("#words", ANSWER)
            await first.page.click("#translate")
            await expect(first.page.locator("#preview-text")).to_have_value(TRANSLATED)
            said = await asyncio.to_thread(shopper.messages)
            assert all(one["from"] != "staff" for one in said)  # shown, not sent
            await first.page.fill("#preview-text", TRANSLATED + ".")  # and it can be mended
            await first.page.click("#preview-send")
            sent = first.page.locator(".from-staff:not(.pending)")
            await expect(sent.locator(".bubble")).to_have_text(TRANSLATED + ".")
            await expect(sent).to_contain_text("机器翻译")
            await expect(sent.locator(".machine")).to_have_text(ANSWER)
            answer = (await asyncio.to_thread(shopper.messages))[-1]
            assert (answer["from"], answer["text"]) == ("staff", TRANSLATED + ".")
            assert ANSWER not in str(await asyncio.to_thread(shopper.messages))


async def test_a_translator_that_fails_says_so(
    translating: Karwan, translating_crew: Crew, browser: Browser
) -> None:
    async with Person.at_work(browser, translating_crew, "first") as first:
        with Shopper.of(translating, translating_crew.shop, "ug") as shopper:
            await asyncio.to_thread(shopper.say, "ياخشىمۇسىز")
            await first.open(shopper.conversation)
            await first.page.fill("#words", "这句没有译文")
            await first.page.click("#translate")
            await expect(first.page.locator("#toast")).to_contain_text("翻译没有响应")
            await expect(first.page.locator("#words")).to_have_value("这句没有译文")
