"""What a declared or reported harvest must satisfy. Each rule says in words which field must change, and how."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.models import Grade, Produce
from marketplace.foundation.units import G_PER_KG, MAX_MASS_G

LONGEST_WINDOW_DAYS = 300
#: A window starting later than this is a mistyped year.
FURTHEST_START_DAYS = 400
LARGEST_SHIFT_DAYS = 60
#: From full bloom or planting to picking takes no longer than this.
LONGEST_RIPENING_DAYS = 400
#: How far outside its window a picking may lie before the dates must be reported first.
PICKED_OUTSIDE_DAYS = 30
LARGEST_AREA_MU = 1_000_000
WHOLE_PERMILLE = 1000


class HarvestRefused(ValueError):
    """A harvest or report that cannot be taken; ``field`` names what must change, the text says how."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)


def grams_in_words(grams: int) -> str:
    """Return whole kilograms for a message; fractions only where there are some."""
    kilograms, rest = divmod(grams, G_PER_KG)
    fraction = f".{rest:03}".rstrip("0") if rest else ""
    return f"{kilograms:,}{fraction} kg"


def check_dates(starts_on: date, ends_on: date, *, today: date) -> None:
    """A window ends on or after its first day, is not over, and is no longer than a season."""
    if ends_on < starts_on:
        raise HarvestRefused("ends_on", _("The last day lies before the first day. Change one of the two."))
    if (ends_on - starts_on).days + 1 > LONGEST_WINDOW_DAYS:
        raise HarvestRefused(
            "ends_on",
            _("One harvest can last %(days)s days at most. Declare the rest as a second harvest.")
            % {"days": LONGEST_WINDOW_DAYS},
        )
    if ends_on < today:
        raise HarvestRefused("ends_on", _("The last day has passed already. Check the year."))
    if starts_on > today + timedelta(days=FURTHEST_START_DAYS):
        raise HarvestRefused("starts_on", _("The first day is more than a year away. Check the year."))


def check_range(low_g: int, likely_g: int, high_g: int) -> None:
    """Grams: nothing negative, something expected, low <= likely <= high, nothing beyond reason."""
    if low_g < 0:
        raise HarvestRefused("low_g", _("The low figure cannot be less than zero."))
    if likely_g <= 0:
        raise HarvestRefused("likely_g", _("The likely figure must be more than zero."))
    if low_g > likely_g:
        raise HarvestRefused("low_g", _("The low figure is more than the likely one. Change one of the two."))
    if likely_g > high_g:
        raise HarvestRefused("high_g", _("The high figure is less than the likely one. Change one of the two."))
    if high_g > MAX_MASS_G:
        raise HarvestRefused("high_g", _("That is more than 100,000 tonnes. Please check the weight."))


def check_grade_shares(produce_id: int, grade_shares: Mapping[int, int]) -> None:
    """Every share belongs to a grade of the produce, none is negative, together they are the whole."""
    known = set(Grade.objects.filter(produce_id=produce_id).values_list("pk", flat=True))
    if not grade_shares or not set(grade_shares) <= known:
        raise HarvestRefused("grade_shares", _("Please choose among the grades of this produce."))
    if any(not 0 <= share <= WHOLE_PERMILLE for share in grade_shares.values()):
        raise HarvestRefused("grade_shares", _("Each share must lie between 0 and 100 %."))
    total = sum(grade_shares.values())
    if total != WHOLE_PERMILLE:
        raise HarvestRefused(
            "grade_shares",
            _("The grades sum to %(total)s %%, not to 100 %%. Change one of them.") % {"total": f"{total / 10:g}"},
        )


def check_area(area_mu: int) -> None:
    """Area in mu (亩); zero means not told."""
    if not 0 <= area_mu <= LARGEST_AREA_MU:
        raise HarvestRefused("area_mu", _("The area must lie between 0 and 1,000,000 mu."))


def check_shift(shift_days: int) -> None:
    """A shift of more than two months is another harvest."""
    if abs(shift_days) > LARGEST_SHIFT_DAYS:
        raise HarvestRefused(
            "shift_days",
            _("The dates can move by %(days)s days at most at a time.") % {"days": LARGEST_SHIFT_DAYS},
        )


def check_biofix(produce_id: int, biofix_on: date, *, today: date, starts_on: date) -> None:
    """The day ripening is counted from is over, lies before picking, and is of use for this produce."""
    if not Produce.objects.get(pk=produce_id).counts_from:
        raise HarvestRefused("biofix_on", _("The season of this produce is not counted from a day. Leave it empty."))
    if biofix_on > today:
        raise HarvestRefused("biofix_on", _("This day lies in the future. Report it when it has come."))
    if biofix_on >= starts_on:
        raise HarvestRefused("biofix_on", _("Bloom or planting lies before picking begins. Check the day."))
    if (starts_on - biofix_on).days > LONGEST_RIPENING_DAYS:
        raise HarvestRefused("biofix_on", _("That is more than a year before picking. Check the year."))


def check_picked_day(picked_on: date, *, today: date, starts_on: date, ends_on: date) -> None:
    """Nobody has picked tomorrow, nor far outside the harvest's own dates."""
    if picked_on > today:
        raise HarvestRefused("picked_on", _("The day of picking lies in the future."))
    outside = timedelta(days=PICKED_OUTSIDE_DAYS)
    if not starts_on - outside <= picked_on <= ends_on + outside:
        raise HarvestRefused(
            "picked_on",
            _("This harvest runs from %(first)s to %(last)s. Check the day of picking, or report new dates first.")
            % {
                "first": date_format(starts_on, "MONTH_DAY_FORMAT"),
                "last": date_format(ends_on, "MONTH_DAY_FORMAT"),
            },
        )
