"""The second factor: codes of an authenticator app (RFC 6238), each good once. pyotp does the arithmetic.

The secret lies sealed in its row (bot.vault), together with whose it is: a copy of the database makes no
codes, and a secret moved to another's row opens nothing.
"""

import logging
import secrets
import time

import pyotp
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff import passwords
from bot.staff.access import Who
from bot.staff.audit import note_act
from bot.staff.errors import Impossible
from bot.staff.models import Staff
from bot.vault import Vault, WrongKey
from shop.database import now

STEP = 30  # seconds a code lives
ISSUER = "Karwan"
SEALED = "gAAAA"  # how every Fernet token begins; no base32 secret has a small letter

logger = logging.getLogger(__name__)


def new_secret() -> str:
    return pyotp.random_base32()


def step_of(secret: str, code: str, used: int, moment: float | None = None) -> int | None:
    """The time step of a code that fits now, or a step to either side, and is later than the last used."""
    current = int((time.time() if moment is None else moment) // STEP)
    codes = pyotp.TOTP(secret)
    given = "".join(code.split())
    for step in (current - 1, current, current + 1):
        if step > used and secrets.compare_digest(codes.at(step * STEP).encode(), given.encode()):
            return step
    return None


def _seal(vault: Vault, staff: Staff, secret: str) -> str:
    return vault.seal({"totp": secret, "staff": str(staff.id)}).decode()


def _open(vault: Vault, staff: Staff) -> str | None:
    """The secret; none that can be used when the key has changed (`karwan staff password` lifts it)."""
    if staff.totp_secret is None:
        return None
    if not staff.totp_secret.startswith(SEALED):  # set up before secrets were sealed
        return staff.totp_secret
    try:
        opened = vault.open(staff.totp_secret.encode())
    except WrongKey:
        logger.error("the second factor of staff %s was sealed with another key", staff.id)
        return None
    return opened["totp"] if opened["staff"] == str(staff.id) else None


async def use_code(session: AsyncSession, vault: Vault, staff: Staff, code: str) -> bool:
    """Whether the code is right; then it is spent. Of two at once with one code, one gets through."""
    secret = _open(vault, staff)
    if secret is None:
        return False
    step = step_of(secret, code, staff.totp_step)
    if step is None:
        return False
    spent = update(Staff).where(Staff.id == staff.id, Staff.totp_step < step).values(totp_step=step)
    return (await session.execute(spent.returning(Staff.id))).first() is not None


async def begin_totp(session: AsyncSession, vault: Vault, who: Who) -> tuple[str, str]:
    """A new secret and its `otpauth://` address; it counts once `confirm_totp` has seen a code of it."""
    staff = await session.get_one(Staff, who.staff_id)
    if staff.totp_since is not None:
        raise Impossible("totp_on", "the second factor is on; switch it off first")
    secret = new_secret()
    staff.totp_secret = _seal(vault, staff, secret)
    return secret, _uri(secret, staff.email)


async def pending_totp(session: AsyncSession, vault: Vault, who: Who) -> tuple[str, str] | None:
    """The secret that waits for its first code, as `begin_totp` told it."""
    staff = await session.get_one(Staff, who.staff_id)
    secret = _open(vault, staff)
    if staff.totp_since is not None or secret is None:
        return None
    return secret, _uri(secret, staff.email)


def _uri(secret: str, email: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


async def confirm_totp(session: AsyncSession, vault: Vault, who: Who, code: str) -> None:
    staff = await session.get_one(Staff, who.staff_id)
    if staff.totp_since is not None:
        raise Impossible("totp_on", "the second factor is on already")
    if not await use_code(session, vault, staff, code):
        raise Impossible("wrong_code", "the code does not fit", "code", 422)
    staff.totp_since = now()
    await note_act(session, who, "totp_on", f"staff {who.staff_id}")


async def end_totp(session: AsyncSession, who: Who, password: str) -> None:
    """Off again, with the password."""
    staff = await session.get_one(Staff, who.staff_id)
    if not await passwords.fits(password, staff.password_hash):
        raise Impossible("wrong_password", "the password is wrong", "password", 422)
    staff.totp_secret = staff.totp_since = None
    await note_act(session, who, "totp_off", f"staff {who.staff_id}")
