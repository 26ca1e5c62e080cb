"""The platform's signatures, and the envelope of its encrypted mode.

Own code, on `cryptography` (docs/decisions/0010): an envelope is base64 of AES-256-CBC over 16 random bytes,
the length of the text (4 bytes, big-endian), the text, and the id of the account it is meant for; padded to
32 bytes. The key is the account's EncodingAESKey in base64 without its last `=`, its first 16 bytes the IV.
"""

import base64
import binascii
import hashlib
import hmac
import os
import struct
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # of the padding; AES's own block is 16
LATE = 600.0  # seconds a callback's timestamp may be away from now: more than any retry of the platform


class Forged(Exception):
    """The signature, the key or the account does not fit: whoever sent this is not the platform."""


class BadKey(ValueError):
    """Not an EncodingAESKey: 43 letters and digits."""


def signature(*parts: str) -> str:
    """sha1 over the sorted parts: token, timestamp, nonce and, in encrypted mode, the envelope."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def check_signature(given: str, *parts: str) -> None:
    """Compared in constant time. Raises Forged."""
    if not hmac.compare_digest(signature(*parts).encode(), given.encode()):
        raise Forged("signature")


def check_age(timestamp: str) -> None:
    """Raises Forged for a callback that was signed long ago, or is signed for the future."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        raise Forged("timestamp")
    if abs(time.time() - int(timestamp)) > LATE:
        raise Forged("timestamp")


class Seal:
    """Opens and closes envelopes of one account. `receiver` is its app id or corp id. Raises BadKey."""

    def __init__(self, aes_key: str, receiver: str) -> None:
        try:
            key = base64.b64decode(aes_key + "=", validate=True)
        except (binascii.Error, ValueError):
            raise BadKey("the EncodingAESKey has 43 letters and digits") from None
        if len(key) != BLOCK:
            raise BadKey("the EncodingAESKey has 43 letters and digits")
        self._receiver = receiver.encode()
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def open(self, envelope: str) -> bytes:
        """The text inside. Raises Forged when it was not closed with this key for this account.

        Check the signature first: it covers the envelope, so nobody can try paddings.
        """
        try:
            sealed = base64.b64decode(envelope, validate=True)
            decryptor = self._cipher.decryptor()
            plain = decryptor.update(sealed) + decryptor.finalize()
        except (binascii.Error, ValueError):
            raise Forged("envelope") from None
        padding = plain[-1] if plain else 0
        if not 1 <= padding <= BLOCK or len(plain) < 20 + padding:
            raise Forged("envelope")
        content = plain[16 : len(plain) - padding]
        (length,) = struct.unpack(">I", content[:4])
        text, receiver = content[4 : 4 + length], content[4 + length :]
        if len(text) != length or not hmac.compare_digest(receiver, self._receiver):
            raise Forged("account")
        return text

    def close(self, text: bytes) -> str:
        content = os.urandom(16) + struct.pack(">I", len(text)) + text + self._receiver
        padding = BLOCK - len(content) % BLOCK
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(content + bytes([padding]) * padding) + encryptor.finalize()
        return base64.b64encode(sealed).decode()


def check_key(aes_key: str) -> bool:
    """Whether it is an EncodingAESKey."""
    try:
        Seal(aes_key, "")
    except BadKey:
        return False
    return True


def now() -> str:
    return str(int(time.time()))


def nonce() -> str:
    return os.urandom(8).hex()
