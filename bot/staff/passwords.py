"""Passwords: argon2id with its library's defaults (64 MiB), two at a time: logins cannot eat the memory."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200  # characters

_hasher = PasswordHasher()
_two = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


class WeakPassword(ValueError):
    """The password is too short or too long, or is the person's own address or old one."""


def check_strength(password: str, email: str, old: str | None = None) -> None:
    """Length, as NIST SP 800-63B advises, and that it is new. Raises WeakPassword."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(f"a password has {SHORTEST} to {LONGEST} characters")
    if password.strip().lower() in (email, email.split("@")[0]):
        raise WeakPassword("a password must not be the address")
    if password == old:
        raise WeakPassword("a new password must not be the old one")


def generate() -> str:
    """A password to tell someone: 79 bits, no letters that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


async def hash_of(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_two, _hasher.hash, password)


async def fits(password: str, known: str | None) -> bool:
    """Whether the password has this hash; takes as long where there is none."""
    return await asyncio.get_running_loop().run_in_executor(_two, _fits, password, known)


def _fits(password: str, known: str | None) -> bool:
    try:
        _hasher.verify(known or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


@cache
def _nobodys() -> str:
    """Checked where there is no account, so that the time of an answer tells nothing."""
    return _hasher.hash(secrets.token_hex(16))
