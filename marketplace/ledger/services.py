"""The one way to book. Corrections are reversing transactions; nothing posted is ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from marketplace.ledger.models import Account, LedgerTransaction, Posting


class UnbalancedBooking(ValueError):
    """The legs do not sum to zero, or there are fewer than two."""


@transaction.atomic
def ledger_book(*, key: str, purpose: str, reference: str, legs: Mapping[str, int], at: datetime) -> LedgerTransaction:
    """
    Book one balanced transaction; the same key books once and returns the first booking.

    Parameters
    ----------
    legs
        Account code to amount in fen, debit positive. Zero legs are left out.

    Raises
    ------
    UnbalancedBooking
        If what remains has fewer than two legs or does not sum to zero.
    """
    entries = {code: amount for code, amount in legs.items() if amount}
    if len(entries) < 2 or sum(entries.values()) != 0:
        raise UnbalancedBooking(f"{key}: {entries}")
    booking, created = LedgerTransaction.objects.get_or_create(
        key=key, defaults={"purpose": purpose, "reference": reference, "at": at}
    )
    if not created:
        return booking
    Account.objects.bulk_create([Account(code=code) for code in sorted(entries)], ignore_conflicts=True)
    account_ids = dict(Account.objects.filter(code__in=entries).values_list("code", "pk"))
    Posting.objects.bulk_create(
        [
            Posting(transaction=booking, account_id=account_ids[code], amount_fen=entries[code])
            for code in sorted(entries)
        ]
    )
    return booking


def account_balance_fen(code: str) -> int:
    """Return what stands on an account, debit positive."""
    return Posting.objects.filter(account__code=code).aggregate(fen=Sum("amount_fen"))["fen"] or 0
