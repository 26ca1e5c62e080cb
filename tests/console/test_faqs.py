"""The FAQ pages, as an owner uses them."""

import asyncio
import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.console.people import Crew, Person
from tests.console.test_pages import set_language, sideways, violations
from tests.instance import Karwan
from tests.shopper import Shopper

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=60_000)

PAGES = ("/faqs", "/faqs/new", "/faqs/learning", "/faqs/tests", "/faqs/history", "/faqs/import")
PICTURES = os.environ.get("KARWAN_PICTURES", "")  # a folder to leave pictures of the pages in


@pytest.mark.parametrize("language", ["zh", "ug", "en"])
async def test_the_pages_are_accessible_and_fit(
    karwan: Karwan, browser: Browser, crew: Crew, language: str
) -> None:
    async with Person.at_work(browser, crew, "owner") as owner:
        page = owner.page
        await set_language(page, language)
        with Shopper.of(karwan, crew.shop) as shopper:
            await asyncio.to_thread(shopper.say, "你们的骆驼鞍子能租吗，租一天多少钱")
        await page.goto("/faqs")
        first = await page.locator(".entries a").first.get_attribute("href")
        for path in (*PAGES, str(first)):
            for width in (390, 1440):
                await page.set_viewport_size({"width": width, "height": 900})
                await page.goto(path)
                if path == "/faqs":
                    await page.fill("#try", "羊肉要怎么保存")
                    await page.keyboard.press("Enter")
                    await expect(page.locator(".verdict")).to_be_visible()
                assert not await sideways(page), (path, width)
                assert await violations(page) == [], (path, width)
                if PICTURES:
                    name = f"{language}-{path.strip('/').replace('/', '-')}-{width}.png"
                    await page.screenshot(path=str(Path(PICTURES) / name))


async def test_an_entry_from_a_question_to_undo(karwan: Karwan, browser: Browser, crew: Crew) -> None:
    async with Person.at_work(browser, crew, "owner") as owner:
        page = owner.page
        with Shopper.of(karwan, crew.shop) as shopper:
            await asyncio.to_thread(shopper.say, "骆驼鞍子能租吗")
            await page.goto("/faqs/learning")
            await (
                page.locator("li", has_text="骆驼鞍子能租吗")
                .get_by_role("link", name="做成一条常见问题")
                .click()
            )
            await expect(page.locator("#f-question_zh")).to_have_value("骆驼鞍子能租吗")

            await page.locator("summary").click()
            await page.fill("#f-links", "看 | javascript:alert(1)")
            await page.get_by_role("button", name="保存并发布").click()
            await expect(page.locator("#e-links")).to_contain_text("网址要以")
            await page.fill("#f-links", "价目表 | https://example.com/p")
            await page.get_by_role("button", name="保存并发布").click()
            await expect(page.locator("#e-answer_zh")).to_contain_text("至少要写一种语言的回答")
            await expect(page.locator("#f-links")).to_have_value("价目表 | https://example.com/p")
            await page.fill("#f-answer_zh", "能租，一天20元。")
            await page.get_by_role("button", name="保存并发布").click()
            await expect(page.get_by_role("status")).to_contain_text("已保存")
            entry = page.url.split("?")[0]
            said = await asyncio.to_thread(shopper.say, "骆驼鞍子能租吗")
            assert "一天20元" in said["messages"][0]["text"]
            assert "https://example.com/p" in said["messages"][0]["text"]

        await page.goto("/faqs/learning")
        await expect(page.locator("li", has_text="骆驼鞍子能租吗")).to_have_count(0)
        await page.goto("/faqs/tests")
        await page.fill("#t", "骆驼鞍子能租吗")
        await page.locator("#e").select_option(label="骆驼鞍子能租吗")
        await page.get_by_role("button", name="添加", exact=True).click()
        await expect(page.locator(".said")).to_contain_text("全部答对")

        await page.goto(entry)
        await page.fill("#f-question_zh", "有没有皮靴")
        await page.get_by_role("button", name="存为草稿").click()
        await expect(page.locator(".said.bad")).to_contain_text("1 个测试问题会答错")
        await page.get_by_role("button", name="丢弃草稿").click()
        await expect(page.locator("#f-question_zh")).to_have_value("骆驼鞍子能租吗")
        await page.get_by_role("button", name="删除").click()
        await expect(page.get_by_role("status")).to_contain_text("改了 1 条")
        await page.get_by_role("button", name="撤销").first.click()
        await page.goto(entry)
        await expect(page.locator("#f-answer_zh")).to_have_value("能租，一天20元。")


async def test_a_table_is_looked_at_before_it_is_taken(browser: Browser, crew: Crew, tmp_path: Path) -> None:
    file = tmp_path / "faqs.csv"
    file.write_bytes("问题,答案\n骆驼毛毯多少钱,300元。\n没有答案,\n".encode("gb18030"))
    async with Person.at_work(browser, crew, "owner") as owner:
        page = owner.page
        await page.goto("/faqs/import")
        await page.set_input_files("#file", file)
        await page.get_by_role("button", name="先看看会怎样").click()
        await expect(page.locator("#report")).to_contain_text("新增 1 条")
        await expect(page.locator("#report .error")).to_contain_text("至少要写一种语言的回答")
        await page.get_by_role("button", name="导入", exact=True).click()
        await expect(page.locator("#report h2")).to_have_text("已导入")
        await page.locator("#report").get_by_role("link").click()
        await page.fill('input[name="text"][aria-label="搜索"]', "骆驼毛毯")
        await page.keyboard.press("Enter")
        await expect(page.locator(".entries li")).to_have_count(1)
        await page.locator("#all").check()
        await page.get_by_role("button", name="停用").click()
        await expect(page.get_by_role("status")).to_contain_text("改了 1 条")
    async with Person.at_work(browser, crew, "first") as agent:
        await agent.page.goto("/faqs")
        await expect(agent.page.locator("#all")).to_have_count(0)
        await agent.page.goto("/faqs/import")
        await expect(agent.page.locator("body")).to_contain_text("您的角色")
