"""What the platforms' error codes mean for a send, and for the seller who sets an account up."""

from collections.abc import Mapping
from dataclasses import replace

from bot.channels.seam import Blocked, BudgetSpent, Finding, Gone, Permanent, Result, RetryAt, WindowClosed
from bot.channels.weixin.api import ApiDown, ApiError, Unclear

BUSY = {-1, 45011, 45033}  # busy; too many calls a minute; too many at once
QUOTA = {45009}  # the day's calls are used up
ACCOUNT = {40001, 40013, 40014, 40125, 40164, 41001, 41002, 41004, 42001, 48001, 48004, 50002, 60020, 61004}

#: of an official account and of WeCom customer service; no code means two things
SENDS: Mapping[int, Result] = {
    45015: WindowClosed(),
    45047: BudgetSpent(),
    43004: Blocked(),  # the shopper does not follow the account
    43019: Blocked(),  # the shopper has put it on their black list
    40003: Gone(),  # no such openid
    95001: BudgetSpent(),
    95002: WindowClosed(),
    95013: WindowClosed(),  # the session is over
    40096: Gone(),  # no such external user
}


def of_error(error: ApiError) -> Result:
    """The result of a send that the platform refused."""
    if error.code in SENDS:
        return SENDS[error.code]
    if error.code in BUSY:
        return RetryAt(10 if error.code == 45011 else 5, "limited")
    if error.code in QUOTA:
        return RetryAt(600, "limited")
    if error.code in ACCOUNT:
        return RetryAt(30, f"account:{error.code}", fault=True)
    return Permanent(f"refused:{error.code}")


def of_silence(error: ApiDown, failures: int) -> Result:
    """The result of a send without a usable answer, after so many calls without one: a platform that is away
    is asked less and less often."""
    return RetryAt(min(15.0, 2.0 ** min(failures, 5)), "no_answer", doubt=isinstance(error, Unclear))


SETUP = {
    40013: Finding(
        "The app id or corp id is not known to the platform: copy it again from the platform’s page"
    ),
    40125: Finding("The app secret is wrong: copy it again, or have the platform make a new one"),
    40001: Finding("The secret is wrong: copy it again, or have the platform make a new one"),
    40164: Finding(
        "This server’s address is not on the account’s IP white list: add it on the platform’s page"
    ),
    60020: Finding(
        "This server’s address is not among the application’s trusted IPs: add it on the platform’s page"
    ),
    48001: Finding(
        "The account may not send customer-service messages: "
        "set it to “The account is not verified” (--no-service-api)"
    ),
    48004: Finding("The platform has taken this right from the account: look at its messages there"),
    50002: Finding("The account is blocked: look at the platform’s messages to it"),
    45009: Finding("The day’s calls are used up; they begin anew at midnight"),
    95011: Finding("WeCom itself answers for this customer-service account: let the application manage it"),
    95000: Finding("The open_kfid is not known: copy it again"),
    60011: Finding("The application has no right to this customer-service account: add it to those that may"),
}


def found(error: ApiError | ApiDown) -> Finding:
    """What is wrong, for the seller. The platform's own words follow: they may name the address to allow."""
    if isinstance(error, ApiError):
        known = SETUP.get(error.code, Finding("The platform refuses"))
        return replace(known, platform=f"{error.code}: {error.words}")
    return Finding(
        "The platform does not answer: is this server’s way to the internet open?", platform=str(error)
    )
