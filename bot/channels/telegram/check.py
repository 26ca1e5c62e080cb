"""What is wrong with a Telegram account, in words for the seller; and its webhook, set where it can be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from telegram import Bot, WebhookInfo
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.channels.seam import Account, Finding
from bot.channels.telegram import words
from bot.channels.telegram.updates import ALLOWED
from bot.settings import settings

LATELY = timedelta(hours=1)

REFUSED = Finding(
    "Telegram does not accept the token; look it up in BotFather (/mybots, API Token) and enter it again"
)
UNREACHABLE = Finding(
    "Telegram’s server does not answer; is it reachable from this machine? "
    "Another address for it can be given (--api-base)"
)
NO_URL = Finding(
    "Shoppers’ messages cannot arrive: set PUBLIC_URL to this server’s https address, "
    "or let the account fetch its messages (--polling)"
)
TWO_WAYS = Finding(
    "The account fetches its messages, but a webhook was set elsewhere and took them; it was removed"
)


async def wrong_with(bot: Bot, account: Account) -> list[Finding]:
    try:
        await bot.get_me()
        await _show_commands(bot)
        info = await bot.get_webhook_info()
        return await (_polling if account.config.get("polling") else _webhook)(bot, account, info)
    except InvalidToken:
        return [REFUSED]
    except TelegramError as error:
        return [replace(UNREACHABLE, platform=type(error).__name__)]


async def _show_commands(bot: Bot) -> None:
    for code, commands in words.COMMANDS.items():
        language = None if code == "zh" else code  # what shoppers of any other language see
        await bot.set_my_commands(list(commands.items()), language_code=language)


async def _polling(bot: Bot, account: Account, info: WebhookInfo) -> list[Finding]:
    if not info.url:
        return []
    await bot.delete_webhook(drop_pending_updates=False)
    return [] if info.url == _address(account) else [TWO_WAYS]  # our own, of before it was told to fetch


def _address(account: Account) -> str:
    return f"{settings().public_url.rstrip('/')}/channels/telegram/{account.name}"


async def _webhook(bot: Bot, account: Account, info: WebhookInfo) -> list[Finding]:
    """Set it; then say what Telegram said of it if it was there before. It is set each time, because what
    secret Telegram has cannot be asked; where nothing is new Telegram changes nothing."""
    base = settings().public_url.rstrip("/")
    own_server = bool(account.config.get("api_base"))
    if not base:
        return [NO_URL]
    if not base.startswith("https://") and not own_server:
        return [Finding("Telegram delivers to https addresses only; PUBLIC_URL is {url}", {"url": base})]
    url = _address(account)
    try:
        await bot.set_webhook(
            url,
            secret_token=account.secrets["secret_token"],
            allowed_updates=ALLOWED,
            drop_pending_updates=False,  # what shoppers wrote meanwhile still counts
        )
    except BadRequest as error:
        return [Finding("Telegram does not take the address {url}", {"url": url}, platform=error.message)]
    return _complaints(info, url) if info.url == url else []


def _complaints(info: WebhookInfo, url: str) -> list[Finding]:
    wrong: list[Finding] = []
    recent = info.last_error_date and datetime.now(UTC) - info.last_error_date < LATELY
    said = (info.last_error_message or "").lower()
    if recent and "403" in said:
        wrong.append(
            Finding(
                "Telegram showed another secret than ours; it was told the right one just now. "
                "Check again after the next message"
            )
        )
    elif recent and ("404" in said or "405" in said):
        wrong.append(
            Finding(
                "{url} leads to another server than Karwan’s: look at the proxy in front of it", {"url": url}
            )
        )
    elif recent and ("ssl" in said or "certificate" in said):
        wrong.append(Finding("The certificate of {url} is not valid for Telegram", {"url": url}))
    elif recent:
        said = info.last_error_message or ""
        wrong.append(Finding("Telegram could not deliver to {url}", {"url": url}, platform=said))
    if info.pending_update_count > 100:
        waiting = {"number": info.pending_update_count}
        wrong.append(Finding("{number} messages wait at Telegram to be delivered", waiting))
    return wrong
