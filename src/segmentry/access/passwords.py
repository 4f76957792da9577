"""Passwords: which are refused as weak, and how they are hashed and compared.

The one place with argon2's parameters; a hash made with others is made anew when its user
next signs in.
"""

from __future__ import annotations

import unicodedata
from threading import BoundedSemaphore

from argon2 import Parameters, PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

from segmentry.base.errors import AccessError
from segmentry.base.text import text_key

PARAMETERS: Parameters = profiles.RFC_9106_LOW_MEMORY
SHORTEST, LONGEST = 12, 1_024
_FEWEST_SIGNS = 5
_AT_ONCE = 2
"""So many hashes at most are made at once: each takes 64 MiB, and anybody can have one made."""

_COMMON = frozenset(
    """
    123456789012 1234567890123 12345678901234 123456789123 123123123123 012345678910 0123456789
    123456123456 1234567890qwerty 1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsxedcrfv
    qwertyuiop12 qwertyuiop123 qwertyuiopas qwertyuiopasdfgh qwertyqwerty qwerty123456
    qwerty1234567 asdfghjklqwe asdfasdfasdf zxcvbnmasdfg abcdefghijkl abcdefghijklm abcd12345678
    abc123456789 abcabcabcabc a1b2c3d4e5f6 aaaabbbbcccc password1234 password12345 password123456
    password1234567 passwordpassword password2024 password2025 password2026 passw0rd1234
    p4ssw0rd1234 mypassword12 mypassword123 newpassword1 newpassword123 thispassword
    administrator administrator1 admin1234567 admin12345678 adminadminadmin adminpassword
    rootpassword changeme1234 changemeplease changemechangeme letmeinletmein letmein123456
    welcome12345 welcome123456 welcomewelcome iloveyou1234 iloveyouforever iloveyousomuch
    trustno1trustno1 sunshine1234 princess1234 football1234 baseball1234 superman1234
    correcthorsebatterystaple segmentry1234 segmentry123 segmentrysegmentry secret123456
    secretsecret temporary123 testtesttest test12345678 defaultpassword
    """.split()
)
"""What people and programs try first, of those that are long enough."""


class Passwords:
    """Hashes and compares; `parameters` are for tests, where a hash may cost nothing."""

    def __init__(self, parameters: Parameters | None = None) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters or PARAMETERS)
        self._turn = BoundedSemaphore(_AT_ONCE)
        self._nobodys: str | None = None

    def hash(self, password: str) -> str:
        """The argon2id hash of a password."""
        with self._turn:
            return self._hasher.hash(_plain(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether a password is the one hashed. Where there is no hash, because there is no
        such user, as much work is done before the answer is no."""
        if self._nobodys is None:  # made for everybody, or the first unknown user were told by it
            self._nobodys = self.hash("nobody's password")
        given = _plain(password) if len(password) <= LONGEST else b""
        with self._turn:
            return self._fits(stored or self._nobodys, given) and stored is not None

    def _fits(self, stored: str, given: bytes) -> bool:
        try:
            return self._hasher.verify(stored, given)
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than now."""
        return self._hasher.check_needs_rehash(stored)


def _plain(password: str) -> bytes:
    """One password, however the keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def refuse_weak(password: str, email: str, name: str) -> None:
    """Refuse a password that is soon guessed, saying why."""
    if len(password) < SHORTEST:
        raise AccessError(f"The password is too short: take {SHORTEST} characters or more.")
    if len(password) > LONGEST:
        raise AccessError(f"The password is too long: take {LONGEST} characters or fewer.")
    key = text_key(password)
    own = {text_key(email), text_key(name), text_key(email.partition("@")[0])}
    if key in own:
        raise AccessError("The password is the name or the e-mail address. Take another.")
    if key in _COMMON or len(set(key)) < _FEWEST_SIGNS:
        raise AccessError("The password is one of those that are tried first. Take another.")
