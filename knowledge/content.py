"""What an FAQ entry holds, checked. The same checks for the console, the API and imported files."""

import json
from datetime import date
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from knowledge.models import FaqEntry

LANGUAGES = ("zh", "ug")
Language = Literal["zh", "ug"]
QUESTION, VARIANT, ANSWER, TAG = 300, 300, 2_000, 40  # characters at most
VARIANTS, TAGS, PRODUCTS, LINKS, BUTTONS = 60, 20, 50, 5, 5

#: what can be wrong with an entry, beside what is simply too long; pages translate these
SENTENCES = {
    "no_question": "a question is needed in one language at least",
    "no_answer": "an answer is needed in one language at least",
    "dates_turned": "the last day lies before the first",
    "bad_address": "an address begins with https:// or http://",
    "too_many": "at most {limit}",
    "letters": "at most {limit} characters",
}


#: the field that a rule of the whole entry is about
FIELDS = {"no_question": "question", "no_answer": "answer", "dates_turned": "valid_until"}


def _wrong(code: str, **facts: Any) -> PydanticCustomError:
    if code in FIELDS:
        facts["field"] = FIELDS[code]
    return PydanticCustomError(code, SENTENCES[code], facts or None)


def _plain(value: Any) -> Any:
    return value.replace("\0", "").replace("\r\n", "\n").strip() if isinstance(value, str) else value


def _short(limit: int) -> Any:
    def check(value: Any) -> Any:
        value = _plain(value)
        if isinstance(value, str) and len(value) > limit:
            raise _wrong("letters", limit=limit)
        return value

    return BeforeValidator(check)


def _address(value: Any) -> Any:
    value = _plain(value)
    if isinstance(value, str):
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        if (
            parts.scheme not in ("https", "http")
            or not parts.hostname
            or any(c in value for c in " \n\t\"'<>")
        ):
            raise _wrong("bad_address")
    return value


def _said(value: Any) -> Any:
    """Texts by language, without empty ones."""
    if not isinstance(value, dict):
        return value
    return {one: text for one, text in value.items() if not isinstance(text, str) or text.strip()}


def _listed(limit: int) -> Any:
    def check(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        kept = list(dict.fromkeys(_plain(one) for one in value if not isinstance(one, str) or _plain(one)))
        if len(kept) > limit:
            raise _wrong("too_many", limit=limit)
        return kept

    return BeforeValidator(check)


Address = Annotated[str, Field(max_length=1_000), BeforeValidator(_address)]
Said = BeforeValidator(_said)
Question = Annotated[str, _short(QUESTION)]
Variant = Annotated[str, _short(VARIANT)]
Answer = Annotated[str, _short(ANSWER)]
Tag = Annotated[str, _short(TAG)]
Word = Annotated[str, _short(60)]
Title = Annotated[dict[Language, Word], Said, Field(min_length=1)]


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Link(Part):
    title: Title
    url: Address


class Button(Part):
    """Pressing it asks `text`, which another entry may answer."""

    title: Title


class Content(Part):
    """An entry as it is edited. Languages may be missing, but not both."""

    question: Annotated[dict[Language, Question], Said] = {}
    variants: dict[Language, Annotated[list[Variant], _listed(VARIANTS)]] = {}
    answer: Annotated[dict[Language, Answer], Said] = {}
    tags: Annotated[list[Tag], _listed(TAGS)] = []
    enabled: bool = True
    products: Annotated[list[Word], _listed(PRODUCTS)] = []
    valid_from: date | None = None
    valid_until: date | None = None
    picture: Address | None = None
    links: Annotated[list[Link], Field(max_length=LINKS)] = []
    buttons: Annotated[list[Button], Field(max_length=BUTTONS)] = []

    @model_validator(mode="after")
    def _whole(self) -> Self:
        self.variants = {one: kept for one in LANGUAGES if (kept := self._own_variants(one))}  # type: ignore[misc]
        if not self.question:
            raise _wrong("no_question")
        if not self.answer:
            raise _wrong("no_answer")
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise _wrong("dates_turned")
        return self

    def _own_variants(self, language: str) -> list[str]:
        question = self.question.get(language)  # type: ignore[call-overload]
        return [one for one in self.variants.get(language, []) if one != question]  # type: ignore[call-overload]

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it, in history and drafts."""
        return self.model_dump(mode="json")


def content_of(entry: FaqEntry) -> Content:
    values: dict[str, Any] = {
        "question": dict(entry.question),
        "variants": {one: list(found) for one, found in (entry.variants or {}).items() if found},
        "answer": dict(entry.answer),
        "tags": list(entry.tags or []),
        "enabled": entry.enabled,
        "products": list(entry.products or []),
        "valid_from": entry.valid_from,
        "valid_until": entry.valid_until,
        **_extras(entry.extras or {}),
    }
    return Content.model_construct(**values)


def _extras(extras: dict[str, Any]) -> dict[str, Any]:
    return {
        "picture": extras.get("picture"),
        "links": [Link.model_construct(**one) for one in extras.get("links", [])],
        "buttons": [Button.model_construct(**one) for one in extras.get("buttons", [])],
    }


def write(entry: FaqEntry, content: Content) -> None:
    """Put the content into the entry's row, touching only what differs."""
    stored = content.stored()
    extras = {name: stored[name] for name in ("picture", "links", "buttons") if stored[name]}
    values = {
        **{name: stored[name] for name in ("question", "variants", "answer", "tags", "enabled", "products")},
        "valid_from": content.valid_from,
        "valid_until": content.valid_until,
        "extras": extras,
    }
    for name, value in values.items():
        if getattr(entry, name) != value:
            setattr(entry, name, value)


def as_text(content: Content) -> str:
    """For telling two contents apart."""
    return json.dumps(content.stored(), sort_keys=True, ensure_ascii=False)
