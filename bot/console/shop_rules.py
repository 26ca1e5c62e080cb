"""The shop's rules, its hours, its assistant: three forms over the shop's settings."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.api.asking import Desk
from bot.console.fields import Filled, Input, Section, read_form
from bot.console.shop_page import SPOKEN, Owner, done, form_page
from bot.console.told import Told
from bot.console.words import Words, words
from bot.staff.access import Who
from bot.staff.errors import Impossible
from bot.support.desk import Support
from bot.support.service import set_service
from bot.support.settings import change_settings, rename_shop, shop_of
from shop.database import transaction
from shop.models import Payer, Shop
from shop.numbers import ascii_digits
from shop.rules import ShopRules
from shop.service import WEEKDAYS, Hours
from shop.shops import rules_of

routes = APIRouter(include_in_schema=False, route_class=Told)

Build = Callable[[Shop, ShopRules, Words], list[Section]]


async def _show(request: Request, who: Who, desk: Support, at: str, heading: str, build: Build) -> Response:
    ours = words(who.language)
    async with desk.single() as session:
        shop = await shop_of(session, who)
    return form_page(request, who, at, ours.gettext(heading), build(shop, rules_of(shop), ours))


async def _filled(
    request: Request, who: Who, desk: Support, build: Build
) -> tuple[Shop, list[Section], Filled]:
    ours = words(who.language)
    async with desk.single() as session:
        shop = await shop_of(session, who)
    sections = build(shop, rules_of(shop), ours)
    return shop, sections, read_form(await request.form(), sections, ours)


# ---- Returns, damage, delivery ----


def _(word: str) -> str:
    return word


_RULES = _("Rules")
_HOURS = _("Hours and people")
_ASSISTANT = _("Assistant")


def _rules(_shop: Shop, rules: ShopRules, ours: Words) -> list[Section]:
    word = ours.gettext
    return [
        Section(word("Returns"), _returns(rules, ours)),
        Section(word("Damaged goods"), _damage(rules, ours)),
        Section(word("Sending and invoices"), _sending(rules, ours)),
    ]


def _returns(rules: ShopRules, ours: Words) -> tuple[Input, ...]:
    word = ours.gettext
    law = word("The law asks for 7 days at least. Fresh goods and goods made to measure are exempt.")
    later = word("Later a person decides. The shop pays that freight, by law.")
    days = word("Return without a reason, within")
    faulty = word("Return of faulty goods, within")
    freight, exchange = word("Who pays that freight"), word("Who pays the freight of an exchange")
    return (
        _counted(rules, "return_window_days", days, (7, 365), word("days"), law),
        _payer(rules, "no_reason_freight_payer", freight, ours),
        _counted(rules, "quality_window_days", faulty, (7, 3650), word("days"), later),
        _payer(rules, "exchange_freight_payer", exchange, ours),
    )


def _damage(rules: ShopRules, ours: Words) -> tuple[Input, ...]:
    word = ours.gettext
    since = word("From the moment they arrive")
    share = f"{rules.damage_share * 100:.0f}"
    part = Input("damage_share", word("Paid of the damaged part"), "number", share, least=1, most=100)
    return (
        _counted(rules, "damage_window_hours", word("Report within"), (1, 720), word("hours"), since),
        replace(part, needed=True, dir="ltr", suffix="%"),
        _ticked(rules, "damage_needs_photo", word("A picture is needed")),
    )


def _sending(rules: ShopRules, ours: Words) -> tuple[Input, ...]:
    word = ours.gettext
    promised = word("What shoppers are promised")
    return (
        _counted(rules, "ship_within_hours", word("Sent within"), (1, 720), word("hours"), promised),
        _ticked(rules, "invoice_allowed", word("The assistant takes wishes for invoices")),
    )


def _counted(
    rules: ShopRules, name: str, label: str, bounds: tuple[int, int], suffix: str, hint: str
) -> Input:
    value, (least, most) = str(getattr(rules, name)), bounds
    shown = Input(name, label, "number", value, hint, least=least, most=most, needed=True)
    return replace(shown, suffix=suffix, dir="ltr")


def _payer(rules: ShopRules, name: str, label: str, ours: Words) -> Input:
    payers = ((Payer.buyer.value, ours.gettext("The buyer")), (Payer.shop.value, ours.gettext("The shop")))
    return Input(name, label, "select", getattr(rules, name).value, options=payers, needed=True)


def _ticked(rules: ShopRules, name: str, label: str) -> Input:
    return Input(name, label, "check", "1" if getattr(rules, name) else "")


@routes.get("/shop/rules")
async def rules_page(request: Request, who: Owner, desk: Desk) -> Response:
    return await _show(request, who, desk, "/shop/rules", _RULES, _rules)


@routes.post("/shop/rules")
async def set_rules(request: Request, who: Owner, desk: Desk) -> Response:
    _shop, sections, filled = await _filled(request, who, desk, _rules)
    if not filled.errors:
        patch = {**filled.values, "damage_share": str(filled.values["damage_share"] / 100)}
        async with transaction(desk.sessions) as session:
            await change_settings(session, who, patch)
        return done("/shop/rules")
    heading = words(who.language).gettext(_RULES)
    return form_page(request, who, "/shop/rules", heading, filled.shown(sections))


# ---- Hours and people ----

_SPAN = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~至]\s*(\d{1,2})[:：](\d{2})")


def _day_names(ours: Words) -> dict[str, str]:
    word = ours.gettext
    names = (
        word("Monday"),
        word("Tuesday"),
        word("Wednesday"),
        word("Thursday"),
        word("Friday"),
        word("Saturday"),
        word("Sunday"),
    )
    return dict(zip(WEEKDAYS, names, strict=True))


def _hours(_shop: Shop, rules: ShopRules, ours: Words) -> list[Section]:
    word, service = ours.gettext, rules.service
    week = service.hours.week or {}
    days = tuple(
        Input(day, name, "text", _spans_shown(week.get(day, [])), dir="ltr")  # type: ignore[call-overload]
        for day, name in _day_names(ours).items()
    )
    holidays = "\n".join(
        f"{day.isoformat()} {_spans_shown(spans)}".strip()
        for day, spans in sorted(service.hours.holidays.items())
    )
    always = Input(
        "always", word("Somebody answers at any hour"), "check", "1" if service.hours.week is None else ""
    )
    written = Input(
        "holidays",
        word("Holidays and other days"),
        "area",
        holidays,
        most=4_000,
        dir="ltr",
        hint=word("One day a line: 2026-10-01 for closed, 2026-10-02 12:00-18:00 for other hours"),
    )
    return [
        Section(
            word("When people answer"),
            (always, *days, written),
            word("Beijing time. Write 10:00-14:00, 16:00-20:00; an empty day is closed."),
        ),
        Section(word("When a person is called"), _thresholds(rules, ours)),
        Section(word("Targets"), _targets(rules, ours)),
    ]


def _thresholds(rules: ShopRules, ours: Words) -> tuple[Input, ...]:
    word, service = ours.gettext, rules.service
    person = "" if service.person_from is None else f"{service.person_from:.2f}"
    anger = Input(
        "furious_from",
        word("Anger that calls a person at once"),
        "number",
        f"{service.furious_from * 100:.0f}",
        word("70 fits most shops; lower calls sooner"),
        most=100,
        suffix="%",
    )
    offers = word("Disappointed messages, of six, that offer a person")
    letdown = Input("let_downs", offers, "number", str(service.let_downs), least=1, most=6)
    worth = word("An order of this worth: a person decides")
    never = word("Empty: never for its worth alone")
    return (
        replace(anger, needed=True, dir="ltr"),
        replace(letdown, needed=True, dir="ltr"),
        Input("person_from", worth, "money", person, never, suffix=word("yuan"), dir="ltr"),
    )


def _targets(rules: ShopRules, ours: Words) -> tuple[Input, ...]:
    word, service = ours.gettext, rules.service
    minutes = word("minutes")
    assign = (("pull", word("Agents take them from the queue")), ("auto", word("Given to whoever has room")))
    first, last = service.first_reply_minutes, service.resolve_minutes
    return (
        Input(
            "first_reply_minutes",
            word("First answer within"),
            "number",
            str(first or ""),
            least=1,
            most=10_080,
            suffix=minutes,
            dir="ltr",
            hint=word("Empty: no target"),
        ),
        Input(
            "resolve_minutes",
            word("Solved within"),
            "number",
            str(last or ""),
            least=1,
            most=43_200,
            suffix=minutes,
            dir="ltr",
        ),
        Input("assign", word("Conversations"), "select", service.assign, options=assign, needed=True),
    )


def _spans_shown(spans: Any) -> str:
    return ", ".join(f"{start}-{end}" for start, end in spans)


def _spans(text: str, ours: Words) -> list[tuple[str, str]]:
    """Raises ValueError with the sentence."""
    found = []
    for part in re.split(r"[,，、;；]", ascii_digits(text)):
        if not part.strip():
            continue
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise ValueError(ours.gettext("Write hours as 10:00-14:00, 16:00-20:00."))
        found.append((f"{int(match[1]):02}:{match[2]}", f"{int(match[3]):02}:{match[4]}"))
    try:
        Hours(week={"mon": found})
    except ValueError:
        raise ValueError(ours.gettext("There is no such time; the end of a day is 24:00.")) from None
    return found


def _holidays(text: str, ours: Words) -> dict[str, list[tuple[str, str]]]:
    """Raises ValueError with the sentence, which names the line."""
    days = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        day, _, spans = line.strip().partition(" ")
        try:
            days[date.fromisoformat(ascii_digits(day)).isoformat()] = _spans(spans, ours)
        except ValueError:
            told = ours.gettext("Line %d is no day with hours, such as 2026-10-02 12:00-18:00.")
            raise ValueError(told % number) from None
    return days


@routes.get("/shop/hours")
async def hours_page(request: Request, who: Owner, desk: Desk) -> Response:
    return await _show(request, who, desk, "/shop/hours", _HOURS, _hours)


@routes.post("/shop/hours")
async def set_hours(request: Request, who: Owner, desk: Desk) -> Response:
    ours = words(who.language)
    shop, sections, filled = await _filled(request, who, desk, _hours)
    wanted = rules_of(shop).service.model_dump(mode="json")
    wanted["hours"] = _read_hours(filled, ours)
    if not filled.errors:
        for name in ("first_reply_minutes", "resolve_minutes", "assign", "let_downs", "person_from"):
            value = filled.values[name]
            wanted[name] = str(value) if name == "person_from" and value else value or None
        wanted["furious_from"] = filled.values["furious_from"] / 100
        try:
            async with transaction(desk.sessions) as session:
                await set_service(session, who, wanted)
            return done("/shop/hours")
        except Impossible as error:
            filled.errors[(error.field or "week").split(".")[0]] = ours.gettext("That does not fit.")
    heading = ours.gettext(_HOURS)
    return form_page(request, who, "/shop/hours", heading, filled.shown(sections))


def _read_hours(filled: Filled, ours: Words) -> dict[str, Any]:
    week: dict[str, Any] = {}
    for day in WEEKDAYS:
        try:
            week[day] = _spans(filled.typed[day], ours)
        except ValueError as wrong:
            filled.errors[day] = str(wrong)
    holidays: dict[str, Any] = {}
    try:
        holidays = _holidays(filled.typed["holidays"], ours)
    except ValueError as wrong:
        filled.errors["holidays"] = str(wrong)
    always = filled.values.get("always")
    if not always and not any(week.values()) and not filled.errors:
        filled.errors["always"] = ours.gettext("Then nobody would ever answer: write some hours.")
    return {"week": None if always else week, "holidays": holidays}


# ---- The assistant ----


def _assistant(shop: Shop, rules: ShopRules, ours: Words) -> list[Section]:
    word, voice = ours.gettext, rules.voice
    empty = word("Empty: it calls itself the shop’s assistant")
    names = _in_both("name", word("Its name"), voice.name, hint=empty)
    greetings = _in_both("greeting", word("Greeting"), voice.greeting, "area")
    always = word("It always adds that it is a machine and that a person can be had.")
    first = Input(
        "first_language",
        word("Language it begins in"),
        "select",
        rules.first_language,
        word("Until the shopper’s own is known: everybody is answered in the language they write."),
        options=tuple(SPOKEN.items()),
        needed=True,
    )
    return [
        Section(word("The shop"), _in_both("shop", word("Name of the shop"), shop.name)),
        Section(word("How it introduces itself"), (*names, *greetings, first), always),
    ]


def _in_both(
    name: str, label: str, values: dict[str, str], kind: str = "text", hint: str = ""
) -> tuple[Input, ...]:
    most = 300 if kind == "area" else 60
    return tuple(
        Input(f"{name}_{code}", f"{label} · {tongue}", kind, values.get(code, ""), hint, most=most, lang=code)
        for code, tongue in SPOKEN.items()
    )


@routes.get("/shop/assistant")
async def assistant_page(request: Request, who: Owner, desk: Desk) -> Response:
    return await _show(request, who, desk, "/shop/assistant", _ASSISTANT, _assistant)


@routes.post("/shop/assistant")
async def set_assistant(request: Request, who: Owner, desk: Desk) -> Response:
    ours = words(who.language)
    _shop, sections, filled = await _filled(request, who, desk, _assistant)
    if not (filled.typed["shop_zh"] or filled.typed["shop_ug"]):
        filled.errors["shop_zh"] = ours.gettext("The shop needs a name in one language at least.")
    if not filled.errors:
        names = {name: _by_language(filled, name) for name in ("shop", "name", "greeting")}
        async with transaction(desk.sessions) as session:
            await rename_shop(session, who, names["shop"])
            voice = {"name": names["name"], "greeting": names["greeting"]}
            wanted = {"voice": voice, "first_language": filled.values["first_language"]}
            await change_settings(session, who, wanted)
        return done("/shop/assistant")
    heading = ours.gettext(_ASSISTANT)
    return form_page(request, who, "/shop/assistant", heading, filled.shown(sections))


def _by_language(filled: Filled, name: str) -> dict[str, str]:
    return {code: filled.values[f"{name}_{code}"] for code in SPOKEN if filled.values[f"{name}_{code}"]}
