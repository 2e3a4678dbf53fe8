"""Public order numbers: random, so that nobody can count our orders or guess another's."""

from __future__ import annotations

import secrets
from typing import Protocol

#: Crockford's alphabet: no I, L, O, U, so that a number read out over the phone arrives whole.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: 14 characters of 32 are 70 random bits.
LENGTH = 14


class Chooser(Protocol):
    """Something that picks one of a sequence: the operating system's randomness, or a seeded one for made history."""

    def choice(self, seq: str) -> str: ...


def order_number_make(chooser: Chooser | None = None) -> str:
    """Return a new public order number."""
    source: Chooser = chooser or secrets.SystemRandom()
    return "".join(source.choice(ALPHABET) for _ in range(LENGTH))


def order_number_read(text: str) -> str:
    """Return a number as a person may have typed it in its stored form."""
    plain = "".join(text.upper().split()).replace("-", "")
    return plain.replace("I", "1").replace("L", "1").replace("O", "0")
