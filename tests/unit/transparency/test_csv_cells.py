"""Nothing in a file for spreadsheets is calculated by the spreadsheet."""

import pytest

from marketplace.transparency.csv_cells import text_cell


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1", "＋1", "－1", "＠x", "  =1", "\u3000=1"],
)
def test_a_formula_is_kept_as_text(text: str) -> None:
    assert text_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["秭归脐橙", "2026-11", "a=b", "3980", "", "'=1"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert text_cell(text) == text
