"""
Text that the database holds encrypted: what could identify a household.

Keys come from HOUSEHOLD_KEY, newest first, separated by commas, so a key can be replaced while old rows stay
readable. Encrypted columns cannot be searched; nothing here is meant to be.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _fernet(keys: str) -> MultiFernet:
    derived = [
        Fernet(
            base64.urlsafe_b64encode(
                hashlib.scrypt(key.encode(), salt=b"fenglu-household", n=2**12, r=8, p=1, dklen=32)
            )
        )
        for key in keys.split(",")
    ]
    return MultiFernet(derived)


class EncryptedTextField(models.TextField):
    """A text column that is ciphertext at rest and plain text in Python."""

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return text if text in (None, "") else _fernet(settings.HOUSEHOLD_KEY).encrypt(text.encode()).decode()

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if value in (None, "") else _fernet(settings.HOUSEHOLD_KEY).decrypt(value.encode()).decode()
