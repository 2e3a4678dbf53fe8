"""Data that exists in both languages: `name_zh` and `name_en`, read as `name` in the language of the moment."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language


def is_chinese() -> bool:
    """Return whether the active language is Chinese (the default when none is active)."""
    return (get_language() or "zh-hans").startswith("zh")


class Bilingual:
    """A descriptor: ``name = Bilingual("name")`` reads name_zh or name_en, and falls back to the other if empty."""

    def __init__(self, stem: str, zh: str | None = None) -> None:
        self.zh = zh or f"{stem}_zh"
        self.en = f"{stem}_en"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        first, second = (self.zh, self.en) if is_chinese() else (self.en, self.zh)
        return getattr(instance, first) or getattr(instance, second)
