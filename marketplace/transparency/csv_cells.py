"""Cells of a CSV file that a spreadsheet will take as text, whatever they begin with."""

from __future__ import annotations

#: What makes a spreadsheet read a formula, in both widths (ASVS 5.0, 1.2.10).
_STARTS_FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")


def text_cell(text: str) -> str:
    """
    Return a text, with an apostrophe before it where a spreadsheet would calculate it. Leading blanks do not hide it.
    """
    return f"'{text}" if text.lstrip(" \u3000").startswith(_STARTS_FORMULA) else text
