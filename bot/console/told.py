"""Errors as the pages say them, in the reader's language."""

from collections.abc import Callable, Coroutine
from typing import Any

import sqlalchemy.exc
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from bot.console.page import is_script, language_of, page
from bot.console.words import Words, words
from bot.errors import Problem
from bot.staff.errors import StaffError
from bot.staff.passwords import WeakPassword
from bot.support.errors import Taken
from shop.errors import NotProven, Reason, Refused


def _(word: str) -> str:
    return word


_GONE = _("It is not there any more.")
_AWAY = _("The database does not answer. Try again in a moment.")
SAID = {
    "bad_amount": _("That is more than was paid, or nothing."),
    "bad_cursor": _GONE,
    "bad_email": _("That is no e-mail address."),
    "bad_name": _("A name is needed."),
    "bad_number": _("That number does not fit."),
    "csrf": _("The page is too old. Load it again."),
    "empty": _("There is nothing to send yet."),
    "known": _("That address cannot be used."),
    "last_owner": _("A shop keeps at least one owner."),
    "moved": _("The conversation has gone on meanwhile."),
    "not_a_picture": _("Only JPG, PNG and WebP pictures can be sent."),
    "not_allowed": _("Your role does not allow this."),
    "not_found": _GONE,
    "not_logged_in": _("You are signed out. Sign in again."),
    "outdated": _("A new message came while you were writing."),
    "bad_text": _("The text is too long, or has braces that cannot be filled in."),
    "bad_shortcut": _("A shortcut is one word."),
    "no_pictures": _("Pictures cannot be sent on this channel."),
    "shortcut_taken": _("That shortcut is taken."),
    "too_fast": _("That was too fast. Try again in a moment."),
    "too_large": _("The picture is over 10 MB."),
    "too_long": _("The text is too long."),
    "unavailable": _AWAY,
    "untranslated": _("The translator does not answer. Try again, or write it yourself."),
    "works_elsewhere": _("They work for another shop too, so they change it themselves."),
    "totp_on": _("The second step is on."),
    "wrong_code": _("The code does not fit."),
    "wrong_password": _("The password is wrong."),
}
_NO_WAY_BACK = _("These goods do not go back without a reason.")
REFUSED = {
    Reason.not_paid: _("The order is not paid."),
    Reason.not_shipped_yet: _("The order has not been sent yet."),
    Reason.already_shipped: _("The order has been sent already."),
    Reason.not_delivered_yet: _("The goods have not arrived yet."),
    Reason.already_delivered: _("The goods have arrived already."),
    Reason.already_cancelled: _("The order is cancelled already."),
    Reason.goods_perishable: _NO_WAY_BACK,
    Reason.goods_custom: _NO_WAY_BACK,
    Reason.goods_digital: _NO_WAY_BACK,
    Reason.goods_newspaper: _NO_WAY_BACK,
    Reason.window_passed: _("The days for it are over."),
    Reason.claim_window_passed: _("The hours for a damage claim are over."),
    Reason.already_requested: _("It has been asked for already."),
    Reason.bad_quantity: _("That many cannot go back."),
    Reason.nothing_to_withdraw: _("It has been decided already."),
    Reason.no_photo: _("A damage claim needs a picture."),
}
ANYTHING = _("That did not work. Check the line and try again.")


def told(error: Exception, ours: Words) -> str:
    """The sentence for an error."""
    match error:
        case Taken():
            return ours.gettext("{name} has this conversation.").format(name=error.owner)
        case StaffError() if error.code in REFUSED:
            return ours.gettext(REFUSED[Reason(error.code)])
        case StaffError() if error.code in tuple(Reason):
            return ours.gettext("The shop’s rules do not allow it.")
        case StaffError() | Problem():
            return ours.gettext(SAID.get(error.code, ANYTHING))
        case WeakPassword():
            return ours.gettext(
                "Choose a password of at least 10 characters that is neither your address nor the old one."
            )
        case Refused():
            return ours.gettext(REFUSED.get(error.reason, _("The shop’s rules do not allow it.")))
        case NotProven():
            return ours.gettext(_GONE)
        case sqlalchemy.exc.OperationalError() | sqlalchemy.exc.TimeoutError():
            return ours.gettext(_AWAY)
    return ours.gettext(ANYTHING)


def status_of(error: Exception) -> int:
    match error:
        case Problem():
            return error.status_code
        case StaffError():
            return error.status
        case NotProven():
            return 404
        case Refused():
            return 409
        case RequestValidationError() | WeakPassword():
            return 422
    return 503


class Told(APIRoute):
    """Errors with their sentence: to a person as a page, to a page's script as `shown`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await inner(request)
            except (
                StaffError,
                Problem,
                NotProven,
                Refused,
                RequestValidationError,
                sqlalchemy.exc.OperationalError,
                sqlalchemy.exc.TimeoutError,
            ) as error:
                code = getattr(error, "code", None) or type(error).__name__.lower()
                shown = told(error, words(language_of(request)))
                if not is_script(request):
                    return page(request, "problem.html", status=status_of(error), problem=shown)
                body = {"code": code, "message": str(error) or code, "field": None, "shown": shown}
                if isinstance(error, RequestValidationError):
                    body["message"] = "the form cannot be read"
                return JSONResponse({"error": body}, status_of(error))

        return handler
