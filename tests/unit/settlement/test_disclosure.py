"""What may be told of money: never a group of fewer than five households, not by subtraction either."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.settlement.disclosure import FEWEST_HOUSEHOLDS, Cell, cells_published


def cell(key: str, households: dict[int, int], paid: int) -> Cell[str]:
    return Cell(key, households, {"PAID": paid})


def told(cells: list[Cell[str]]) -> dict[str | None, int]:
    return {cell.key: cell.sums["PAID"] for cell in cells_published(cells, size="PAID")}


def test_the_law_of_small_numbers_is_five() -> None:
    assert FEWEST_HOUSEHOLDS == 5
    assert not cell("orange", {1: 5}, 100).is_small
    assert cell("orange", {1: 4}, 100).is_small


def test_sound_cells_are_told_as_they_are_the_largest_first() -> None:
    cells = [cell("orange", {1: 62}, 100), cell("apple", {2: 5}, 300)]

    assert list(told(cells).items()) == [("apple", 300), ("orange", 100)]


def test_small_cells_are_told_together() -> None:
    cells = [cell("orange", {1: 62}, 100), cell("honey", {2: 3}, 20), cell("goji", {3: 2}, 30)]

    assert told(cells) == {"orange": 100, None: 50}


def test_a_cooperative_in_two_small_cells_counts_its_households_once() -> None:
    cells = [cell("orange", {1: 62}, 100), cell("honey", {2: 3}, 20), cell("goji", {2: 3}, 30)]

    # Three households alone would be told, so the one sound cell goes with them.
    assert told(cells) == {None: 150}


def test_one_small_cell_takes_the_smallest_sound_one_with_it() -> None:
    cells = [cell("orange", {1: 62}, 100), cell("apple", {2: 40}, 300), cell("honey", {3: 3}, 20)]

    assert told(cells) == {"apple": 300, None: 120}


def test_a_month_of_small_cells_alone_is_withheld() -> None:
    assert told([cell("honey", {3: 2}, 20), cell("goji", {4: 2}, 30)]) == {}
    assert told([]) == {}


def test_households_nobody_has_counted_are_none() -> None:
    assert told([cell("honey", {3: 0}, 20)]) == {}


CELLS = st.lists(
    st.tuples(st.dictionaries(st.integers(1, 6), st.integers(0, 7), max_size=3), st.integers(0, 1000)), max_size=7
)


@settings(max_examples=2000, deadline=None)
@given(CELLS)
def test_no_told_cell_is_small_and_no_small_one_is_told_alone(figures: list[tuple[dict[int, int], int]]) -> None:
    # A cooperative has one number of households, whatever it sells.
    sizes: dict[int, int] = {}
    for households, _paid in figures:
        for cooperative, number in households.items():
            sizes.setdefault(cooperative, number)
    cells = [cell(str(n), {c: sizes[c] for c in households}, paid) for n, (households, paid) in enumerate(figures)]

    published = cells_published(cells, size="PAID")

    assert all(told.num_households >= FEWEST_HOUSEHOLDS for told in published)
    small = {cell.key for cell in cells if cell.is_small}
    assert small.isdisjoint(told.key for told in published)
    # Nothing is told twice, and what is told together is all that is not told alone.
    alone = {told.key for told in published if told.key is not None}
    merged = [told for told in published if told.key is None]
    assert len(merged) <= 1
    if merged:
        assert merged[0].sums["PAID"] == sum(cell.sums["PAID"] for cell in cells if cell.key not in alone)
    elif published:
        assert not small
