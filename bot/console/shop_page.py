"""What the shop's pages share: who may see them, the row of places, a form's page."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from bot.console.asking import signed_in
from bot.console.fields import Section
from bot.console.page import page
from bot.console.words import Words, words
from bot.staff.access import Right, Who

Owner = Annotated[Who, Depends(signed_in(Right.manage))]
SPOKEN = {"zh": "中文", "ug": "ئۇيغۇرچە"}  # what shoppers are answered in


def places(ours: Words) -> list[tuple[str, str]]:
    word = ours.gettext
    return [
        ("/shop", word("First steps")),
        ("/shop/orders", word("Orders")),
        ("/shop/goods", word("Goods")),
        ("/shop/rules", word("Rules")),
        ("/shop/hours", word("Hours and people")),
        ("/shop/assistant", word("Assistant")),
        ("/shop/channels", word("Channels")),
        ("/shop/programs", word("Programs")),
    ]


def shop_page(
    request: Request, who: Who, name: str, at: str, *, status: int = 200, said: str = "", **values: Any
) -> Response:
    """`said=saved` in the address tells that it is done."""
    ours = words(who.language)
    done = ours.gettext("Saved. It counts from now on.") if request.query_params.get("said") else ""
    context = {"places": places(ours), "at": at, "here": "/shop", "said": said or done, **values}
    return page(request, f"shop/{name}.html", who, status=status, **context)


def form_page(
    request: Request,
    who: Who,
    at: str,
    heading: str,
    sections: Sequence[Section],
    *,
    action: str = "",
    wrong: str = "",
    **values: Any,
) -> Response:
    bad = bool(wrong) or any(one.error for section in sections for one in section.inputs)
    context = {"action": action or at, "back": "", "remove": None, "problem": "", **values}
    told = wrong or (words(who.language).gettext("Not saved: look at the fields below.") if bad else "")
    return shop_page(
        request,
        who,
        "form",
        at,
        status=422 if bad else 200,
        heading=heading,
        sections=sections,
        wrong=told,
        **context,
    )


def done(address: str) -> RedirectResponse:
    return RedirectResponse(f"{address}?said=saved", 303)


def in_language(names: dict[str, str], ours: Words) -> str:
    """A name kept by language, in the reader's, else in whichever there is."""
    return names.get(ours.language) or names.get("zh") or next(iter(names.values()), "")
