"""Secrets of channel accounts at rest: sealed with a key that is not in the database.

`cryptography`'s Fernet: authenticated, and its MultiFernet lets a key be changed while the old one still
opens.
"""

import hashlib
import json
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class WrongKey(Exception):
    """The secrets were sealed with another key: KARWAN_KEY, or secret.key beside the data, has changed."""


class Vault:
    def __init__(self, keys: list[str]) -> None:
        """The first key seals, all of them open. They should have 16 random bytes or more."""
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    def seal(self, secrets: dict[str, str]) -> bytes:
        return self._fernet.encrypt(json.dumps(secrets).encode())

    def open(self, sealed: bytes | None) -> dict[str, str]:
        """Raises WrongKey."""
        if not sealed:
            return {}
        try:
            return dict(json.loads(self._fernet.decrypt(bytes(sealed))))
        except InvalidToken:
            raise WrongKey(WrongKey.__doc__) from None


def hash_of(token: str) -> str:
    """What is kept of a token that nobody could guess."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _derived(key: str) -> bytes:
    return urlsafe_b64encode(hashlib.sha256(b"karwan secrets " + key.encode()).digest())
