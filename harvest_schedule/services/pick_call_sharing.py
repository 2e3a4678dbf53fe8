"""How a need is shared among harvests, in whole crates. Plain numbers in and out; no database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from marketplace.foundation.units import split_by_weight

#: Fruit leaves the village in crates; nobody is asked for a part of a kilogram.
CRATE_G = 1000
#: A trip to the field for less than this is not worth it, so a small need goes to fewer cooperatives.
SMALLEST_CALL_G = 20_000


@dataclass(frozen=True)
class Offer:
    """
    One harvest's standing for one grade on one day.

    ``weight`` is its part by the plan (or by its likely grams), ``asked_g`` what was asked of it so far in the same
    span, ``room_g`` what it may still be asked, ``has_open_call`` whether a call of the day can still be raised.
    """

    harvest_id: int
    weight: int
    asked_g: int
    room_g: int
    has_open_call: bool = False


@dataclass(frozen=True)
class Need:
    """Grams that one order line waits for; ``is_stored`` when any young enough stock will do."""

    line_id: int
    grams: int
    is_stored: bool = False


def crates_up(grams: int) -> int:
    """Return grams rounded up to whole crates."""
    return -(-grams // CRATE_G) * CRATE_G


def share_among(need_g: int, offers: Sequence[Offer]) -> dict[int, int]:
    """
    Share a need among harvests: grams by harvest id, whole crates, none above its room.

    The sum is the need rounded up, or all room there is. Those who were asked least for their weight come first, so
    that small needs go round; what one has no room for goes to the next.
    """
    left_g = crates_up(need_g)
    rooms = {offer.harvest_id: offer.room_g // CRATE_G * CRATE_G for offer in offers}
    shares: dict[int, int] = {}
    queue = sorted(
        (offer for offer in offers if rooms[offer.harvest_id] > 0),
        key=lambda offer: (
            not offer.weight,
            not offer.has_open_call,
            offer.asked_g / max(1, offer.weight),
            -offer.weight,
            offer.harvest_id,
        ),
    )
    while left_g > 0 and queue:
        num_chosen = max(1, min(len(queue), left_g // SMALLEST_CALL_G))
        chosen = queue[:num_chosen]
        parts = split_by_weight(left_g // CRATE_G, [offer.weight for offer in chosen])
        for offer, crates in zip(chosen, parts, strict=True):
            room = rooms[offer.harvest_id] - shares.get(offer.harvest_id, 0)
            taken_g = min(crates * CRATE_G, room)
            if taken_g:
                shares[offer.harvest_id] = shares.get(offer.harvest_id, 0) + taken_g
                left_g -= taken_g
        full = [offer for offer in chosen if shares.get(offer.harvest_id, 0) >= rooms[offer.harvest_id]]
        if not full:
            break
        queue = [offer for offer in queue if offer not in full]
    return shares


def assign_needs(needs: Iterable[Need], shares: dict[int, int]) -> dict[int, list[Need]]:
    """Say which line waits for which harvest, in the order given; lines beyond the shares wait for none yet."""
    left = dict(shares)
    assigned: dict[int, list[Need]] = {harvest_id: [] for harvest_id in shares}
    for need in needs:
        grams = need.grams
        for harvest_id in left:
            part = min(grams, left[harvest_id])
            if part > 0:
                assigned[harvest_id].append(Need(need.line_id, part, need.is_stored))
                left[harvest_id] -= part
                grams -= part
            if grams <= 0:
                break
    return assigned
