"""The two back ends: a tiny model of NLLB's make, loaded as a real one is, and a service like OpenAI's."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from huggingface_hub import constants
from pydantic import ValidationError

from bot.settings import Settings
from bot.support.translation import Untranslated
from bot.translators import translator_of
from bot.translators.nllb import CODES, Nllb, load
from bot.translators.openai import OpenAiCompatible
from tests.translation.tiny import WORDS, make


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nllb")
    make(folder)
    return folder


async def test_a_model_translates(model: Path) -> None:
    nllb = Nllb(str(model))
    made = await nllb.translate("你好 订单", "zh", "ug")
    again = await nllb.translate("你好 订单", "zh", "ug")
    await nllb.close()
    assert made == again
    known = {word.lstrip("▁") for word in WORDS}
    assert made
    assert set(made.split()) <= known


async def test_the_languages_are_told_to_the_model(model: Path) -> None:
    """The same words from and into other languages are other rows: other words come out of some."""
    nllb = Nllb(str(model))
    pairs = [("zh", "ug"), ("zh", "en"), ("ug", "zh"), ("en", "zh")]
    made = {await nllb.translate("你好 订单 زاكاز order", source, target) for source, target in pairs}
    await nllb.close()
    assert len(made) > 1
    assert not any(code in text for text in made for code in CODES.values())


async def test_lines_stay_lines(model: Path) -> None:
    nllb = Nllb(str(model))
    made = await nllb.translate("你好。 订单\nhello", "zh", "en")
    await nllb.close()
    assert made.count("\n") == 1


async def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    nllb = Nllb(str(tmp_path))
    with pytest.raises(Untranslated):
        await nllb.translate("你好", "zh", "ug")
    await nllb.close()


def test_a_repository_is_taken_from_the_cache(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `snapshot_download` left it there; nothing is asked of the network."""
    snapshot = tmp_path / "models--shop--tiny-nllb" / "snapshots" / ("0" * 40)
    snapshot.parent.mkdir(parents=True)
    snapshot.symlink_to(model)
    refs = tmp_path / "models--shop--tiny-nllb" / "refs"
    refs.mkdir()
    (refs / "main").write_text("0" * 40)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    translator, tokenizer = load("shop/tiny-nllb")
    assert translator.device == "cpu"
    assert tokenizer.token_to_id("uig_Arab") is not None


class Service:
    """What was asked, and what is answered."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict]] = []
        self.answer: tuple[int, str] = (200, "")

    def says(self, words: str) -> None:
        self.answer = (200, json.dumps({"choices": [{"message": {"content": words}}]}))

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers.get("Authorization", ""), await request.json()))
        status, body = self.answer
        return web.Response(status=status, text=body, content_type="application/json")


@pytest.fixture
async def service() -> AsyncIterator[tuple[Service, str]]:
    service = Service()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", service.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield service, f"http://127.0.0.1:{port}/v1"
    await runner.cleanup()


async def test_a_service_translates(service: tuple[Service, str]) -> None:
    served, url = service
    served.says(" زاكازىم قاچان كېلىدۇ؟ ")
    remote = OpenAiCompatible(url, "some-model", "key-1")
    assert (
        await remote.translate("我的订单什么时候到？电话 13812345678", "zh", "ug") == "زاكازىم قاچان كېلىدۇ؟"
    )
    await remote.close()
    authorization, body = served.asked[0]
    assert (authorization, body["model"]) == ("Bearer key-1", "some-model")
    assert "13812345678" not in json.dumps(body)
    assert "Uyghur in Arabic script" in body["messages"][0]["content"]


@pytest.mark.parametrize(
    "answer",
    [(500, "{}"), (200, "{}"), (200, "no json"), (200, '{"choices": []}'), (401, '{"error": {}}')],
)
async def test_a_service_that_answers_badly(service: tuple[Service, str], answer: tuple[int, str]) -> None:
    served, url = service
    served.answer = answer
    remote = OpenAiCompatible(url, "some-model", "")
    with pytest.raises(Untranslated):
        await remote.translate("你好", "zh", "ug")
    await remote.close()


async def test_a_service_that_is_not_there() -> None:
    remote = OpenAiCompatible("http://127.0.0.1:9", "some-model", "")
    with pytest.raises(Untranslated):
        await asyncio.wait_for(remote.translate("你好", "zh", "ug"), 10)
    await remote.close()


@pytest.mark.parametrize(
    "given, kind",
    [
        ({}, type(None)),
        ({"translator": "nllb", "translator_model": "shop/tiny-nllb"}, Nllb),
        (
            {"translator": "openai", "translator_model": "m", "translator_url": "https://a.example/v1"},
            OpenAiCompatible,
        ),
    ],
)
def test_settings_name_one_or_none(given: dict[str, str], kind: type) -> None:
    assert type(translator_of(Settings(_env_file=None, **given))) is kind


@pytest.mark.parametrize(
    "given",
    [
        {"translator": "nllb"},
        {"translator": "openai", "translator_model": "m"},
        {"translator": "openai", "translator_model": "m", "translator_url": "ftp://a.example"},
    ],
)
def test_half_a_setting_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="TRANSLATOR_"):
        Settings(_env_file=None, **given)
