"""An entry as a form shows it, and a form as an entry."""

from typing import Any

from fastapi import Request

from knowledge.content import LANGUAGES, Content
from knowledge.models import FaqEntry

PLAIN = ("tags", "products", "valid_from", "valid_until", "picture", "links", "buttons")
NAMES = (*(f"{name}_{one}" for name in ("question", "variants", "answer") for one in LANGUAGES), *PLAIN)


def shown(stored: dict[str, Any]) -> dict[str, str]:
    """What stands in the form's fields; of what is stored, in an entry or as its draft."""
    fields: dict[str, str] = {}
    for language in LANGUAGES:
        for name in ("question", "answer"):
            fields[f"{name}_{language}"] = (stored.get(name) or {}).get(language, "")
        fields[f"variants_{language}"] = "\n".join((stored.get("variants") or {}).get(language, ()))
    fields["tags"] = ", ".join(stored.get("tags") or ())
    fields["products"] = ", ".join(stored.get("products") or ())
    for name in ("valid_from", "valid_until", "picture"):
        fields[name] = stored.get(name) or ""
    fields["links"] = "\n".join(
        " | ".join((*_titles(one["title"]), one["url"])) for one in stored.get("links") or ()
    )
    fields["buttons"] = "\n".join(" | ".join(_titles(one["title"])) for one in stored.get("buttons") or ())
    return fields


async def typed(request: Request) -> dict[str, str]:
    form = await request.form()
    given = {name: form.get(name) for name in NAMES}
    return {name: value if isinstance(value, str) else "" for name, value in given.items()}


def content_of_form(fields: dict[str, str], *, enabled: bool) -> Content:
    """Raises ValidationError."""
    return Content.model_validate(
        {
            "question": {one: fields[f"question_{one}"] for one in LANGUAGES},
            "variants": {one: fields[f"variants_{one}"].splitlines() for one in LANGUAGES},
            "answer": {one: fields[f"answer_{one}"] for one in LANGUAGES},
            "tags": _parts(fields["tags"]),
            "products": _parts(fields["products"]),
            "valid_from": fields["valid_from"] or None,
            "valid_until": fields["valid_until"] or None,
            "picture": fields["picture"].strip() or None,
            "links": [_link(line) for line in fields["links"].splitlines() if line.strip()],
            "buttons": [
                {"title": _by_language(line.split("|"))}
                for line in fields["buttons"].splitlines()
                if line.strip()
            ],
            "enabled": enabled,
        }
    )


def title_of(entry: FaqEntry, language: str) -> str:
    """The entry's question, in the reader's language where it has one."""
    return entry.question.get("ug" if language == "ug" else "zh") or next(iter(entry.question.values()), "")


def _titles(title: dict[str, str]) -> list[str]:
    return [title[one] for one in LANGUAGES if title.get(one)]


def _link(line: str) -> dict[str, Any]:
    *titles, url = (part.strip() for part in line.split("|"))
    return {"title": _by_language(titles) or {"zh": url[:60]}, "url": url}


def _by_language(parts: list[str]) -> dict[str, str]:
    """Of one title its language is told from its letters; of two the Chinese one stands first."""
    plain = [part.strip() for part in parts if part.strip()]
    if len(plain) == 1:
        return {"ug" if any("\u0600" <= letter <= "\u06ff" for letter in plain[0]) else "zh": plain[0]}
    return dict(zip(LANGUAGES, plain, strict=False))


def _parts(text: str) -> list[str]:
    for mark in ("，", "、", "،", ";", "；", "\n"):
        text = text.replace(mark, ",")
    return [part.strip() for part in text.split(",") if part.strip()]
