"""What the officer's screen of a shortfall adds: a few policies side by side, and who is served how well, in rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from harvest_schedule.planner.shortfall.fairness import PERMILLE, Fairness
from harvest_schedule.planner.shortfall.policy import EARLIEST, PRO_RATA, Policy
from harvest_schedule.planner.shortfall.problem import CONTRACT, LATER, OPTION_KINDS, OTHER_LOT, SUBSTITUTE
from harvest_schedule.selectors.shortfall_case import CaseState
from harvest_schedule.selectors.shortfall_options import WindowOption
from harvest_schedule.selectors.shortfalls import PreviewPart, ShortfallPreview, preview_of
from harvest_schedule.states import BuyerKind
from marketplace.foundation.bilingual import is_chinese

#: So many substitutes are shown at once; the others are a fold away.
SUBSTITUTES_SHOWN = 3


@dataclass(frozen=True)
class Mix:
    """A policy with a name, what it comes to, and whether it is the one on the screen. ``query`` opens it."""

    name: str
    preview: ShortfallPreview
    is_shown: bool

    @property
    def query(self) -> str:
        return policy_query(self.preview.policy)

    @property
    def jain(self) -> float:
        return self.preview.after.jain_permille / PERMILLE

    @property
    def worst(self) -> float:
        return self.preview.after.worst_permille / PERMILLE

    @property
    def moved_packs(self) -> int:
        return self.preview.other_lot_packs + self.preview.later_packs


@dataclass(frozen=True)
class KindRow:
    """One kind of buyers: packs promised, and served as promised if nobody decided and by the decision."""

    label: str
    promised_packs: int
    before_packs: int
    after_packs: int
    moved_packs: int

    @property
    def before(self) -> float:
        return self.before_packs / self.promised_packs

    @property
    def after(self) -> float:
        return self.after_packs / self.promised_packs


@dataclass(frozen=True)
class FairnessRows:
    """Two measures of fairness side by side, as shares of one. ``worst_order`` is the order served worst."""

    kinds: tuple[KindRow, ...]
    jain_before: float
    jain_after: float
    worst_before: float
    worst_after: float
    worst_order: str

    @property
    def served(self) -> float:
        """The share of all promised packs that come as promised."""
        promised = sum(kind.promised_packs for kind in self.kinds)
        return sum(kind.after_packs for kind in self.kinds) / promised if promised else 1.0


@dataclass(frozen=True)
class ChangeRow:
    """One waiting line in the table of a preview."""

    order_number: str
    kind_label: str
    ordered_at: datetime
    promised_packs: int
    served_packs: int
    parts: tuple[PreviewPart, ...]
    back_fen: int
    if_agreed_fen: int


def options_shown(options: Sequence[WindowOption]) -> tuple[list[WindowOption], list[WindowOption]]:
    """Return the options to be read at once, and the substitutes beyond the first few."""
    offers = [option for option in options if option.kind == SUBSTITUTE]
    same = [option for option in options if option.kind != SUBSTITUTE]
    return [*same, *offers[:SUBSTITUTES_SHOWN]], offers[SUBSTITUTES_SHOWN:]


def usual_policy(state: CaseState) -> Policy:
    """Return what the screen starts from: first ordered, first served, then whatever there is instead."""
    return Policy(order=EARLIEST, unserved=_kinds_there(state))


def mixes_of(state: CaseState, shown: ShortfallPreview | None) -> list[Mix]:
    """Return a few named policies of a case with what each comes to, and at the end the one shown, if it is none."""
    kinds = _kinds_there(state)
    named = [
        (_("First ordered, first served"), Policy(order=EARLIEST, unserved=kinds)),
        (_("The same share for everybody"), Policy(order=PRO_RATA, unserved=kinds)),
    ]
    if any(demand.buyer_kind == CONTRACT for demand in state.shortfall.demands):
        named.append((_("Standing contracts first"), Policy(order=EARLIEST, contracts_first=True, unserved=kinds)))
    if kinds:
        named.append((_("Money back only"), Policy(order=EARLIEST)))
    mixes = [
        Mix(name, preview_of(state, policy), shown is not None and policy == shown.policy) for name, policy in named
    ]
    if shown is not None and not any(mix.is_shown for mix in mixes):
        mixes.append(Mix(_("As chosen below"), shown, is_shown=True))
    return mixes


def policy_query(policy: Policy) -> str:
    """Return the query of the address that previews a policy."""
    pairs: list[tuple[str, object]] = [("order", policy.order)]
    if policy.contracts_first:
        pairs.append(("contracts_first", "on"))
    pairs.extend(("unserved", kind) for kind in policy.unserved or ("",))
    if policy.substitute is not None:
        pairs.append(("substitute", policy.substitute))
    return urlencode(pairs)


def policy_words(policy: Policy) -> str:
    """Return a policy in one or two plain sentences."""
    order = _("First ordered, first served.") if policy.order == EARLIEST else _("The same share for everybody.")
    words = [_("Standing contracts before all others.")] if policy.contracts_first else []
    words.append(order)
    if policy.unserved:
        tries = _(", then ").join(_words_of(kind) for kind in policy.unserved)
        words.append(_("Instead of what is missing: %(tries)s; money back for the rest.") % {"tries": tries})
    else:
        words.append(_("Money back for what is missing."))
    return ("" if is_chinese() else " ").join(words)


def change_rows(preview: ShortfallPreview) -> list[ChangeRow]:
    """Return the lines of a preview, the earliest order first."""
    return [
        ChangeRow(
            order_number=row.order_number,
            kind_label=str(BuyerKind(row.buyer_kind).label),
            ordered_at=row.ordered_at,
            promised_packs=row.promised_packs,
            served_packs=row.served_packs,
            parts=row.parts,
            back_fen=row.refund_fen,
            if_agreed_fen=row.difference_fen,
        )
        for row in sorted(preview.rows, key=lambda row: (row.ordered_at, row.line.pk))
    ]


def fairness_rows(before: Fairness, after: Fairness, orders: Iterable[tuple[int, str]]) -> FairnessRows:
    """
    Return two measures side by side.

    Parameters
    ----------
    orders
        Line id and order number of every line that was measured.
    """
    was = {share.kind: share for share in before.kinds}
    return FairnessRows(
        kinds=tuple(
            KindRow(
                label=str(BuyerKind(share.kind).label),
                promised_packs=share.promised_packs,
                before_packs=was[share.kind].served_packs if share.kind in was else 0,
                after_packs=share.served_packs,
                moved_packs=share.moved_packs,
            )
            for share in after.kinds
        ),
        jain_before=before.jain_permille / PERMILLE,
        jain_after=after.jain_permille / PERMILLE,
        worst_before=before.worst_permille / PERMILLE,
        worst_after=after.worst_permille / PERMILLE,
        worst_order=dict(orders).get(after.worst_line_id or 0, ""),
    )


def _words_of(kind: str) -> str:
    if kind == OTHER_LOT:
        return _("the same kind from another cooperative")
    return _("a later week") if kind == LATER else _("something else if the buyer agrees")


def _kinds_there(state: CaseState) -> tuple[str, ...]:
    there: Sequence[str] = [option.kind for option in state.options]
    return tuple(kind for kind in OPTION_KINDS if kind in there)
