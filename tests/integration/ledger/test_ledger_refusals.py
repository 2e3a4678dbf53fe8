"""The database keeps the books honest, whoever writes: the ORM, raw SQL, or somebody at a prompt."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.ledger.models import Account, LedgerTransaction, Posting
from marketplace.ledger.services import ledger_book
from tests.factories import NOW

pytestmark = pytest.mark.django_db

OPEN = "INSERT INTO ledger_ledgertransaction (key, purpose, reference, at) VALUES ('raw', 'X', 'x', now()) RETURNING id"
LEG = "INSERT INTO ledger_posting (transaction_id, account_id, amount_fen) VALUES (%s, %s, %s)"


@pytest.fixture
def booked() -> LedgerTransaction:
    """Return a payment of 47.80 yuan."""
    return ledger_book(
        key="paid:1",
        purpose="PAID",
        reference="F1",
        legs={"asset:provider": 4780, "held:order:F1": -4780},
        at=NOW,
    )


@pytest.fixture
def at_commit() -> Iterator[None]:
    """Have deferred triggers speak at once, as they would at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def raw(sql: str, *parameters: object) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetchall() if cursor.description else []


def accounts() -> tuple[int, int]:
    return tuple(Account.objects.get_or_create(code=code)[0].pk for code in ("asset:provider", "held:order:F1"))  # type: ignore[return-value]


def legs() -> list[tuple[str, int]]:
    return list(Posting.objects.order_by("account__code").values_list("account__code", "amount_fen"))


def post(*entries: tuple[int, int]) -> None:
    """Write a transaction with these accounts and amounts by raw SQL, and commit it."""
    with transaction.atomic():
        ((booking,),) = raw(OPEN)
        for account, amount_fen in entries:
            raw(LEG, booking, account, amount_fen)
        raw("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_unbalanced_transaction_is_refused_at_commit() -> None:
    provider, held = accounts()

    with pytest.raises(IntegrityError, match="2 legs summing to 1"):
        post((provider, 500), (held, -499))

    assert not LedgerTransaction.objects.exists()


def test_a_single_leg_is_refused_at_commit() -> None:
    provider, _held = accounts()

    with pytest.raises(IntegrityError, match="1 legs"):
        post((provider, 500))

    assert not Posting.objects.exists()


def test_a_transaction_without_legs_is_refused_at_commit() -> None:
    with pytest.raises(IntegrityError, match="0 legs"):
        post()

    assert not LedgerTransaction.objects.exists()


def test_a_leg_of_nothing_is_refused() -> None:
    provider, held = accounts()

    with pytest.raises(IntegrityError, match="posting_not_zero"):
        post((provider, 0), (held, 0))

    assert not LedgerTransaction.objects.exists()


def test_a_balanced_transaction_by_raw_sql_is_taken() -> None:
    provider, held = accounts()

    post((provider, 500), (held, -500))

    assert legs() == [("asset:provider", 500), ("held:order:F1", -500)]


def test_a_leg_added_later_is_refused(booked: LedgerTransaction, at_commit: None) -> None:
    provider, _held = accounts()
    with pytest.raises(IntegrityError, match="3 legs summing to 5"), transaction.atomic():
        raw(LEG, booked.pk, provider, 5)
    assert len(legs()) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_posting SET amount_fen = amount_fen * 2",
        "UPDATE ledger_posting SET account_id = account_id",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
        "TRUNCATE ledger_posting, ledger_ledgertransaction, ledger_account",
        "TRUNCATE ledger_ledgertransaction CASCADE",
        "UPDATE ledger_ledgertransaction SET purpose = 'GIFT'",
        "UPDATE ledger_ledgertransaction SET at = now()",
        "DELETE FROM ledger_ledgertransaction",
    ],
)
def test_what_is_posted_is_never_changed_or_deleted(booked: LedgerTransaction, sql: str, at_commit: None) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        raw(sql)

    assert legs() == [("asset:provider", 4780), ("held:order:F1", -4780)]
    assert LedgerTransaction.objects.get(pk=booked.pk).purpose == "PAID"


def test_the_orm_is_refused_too(booked: LedgerTransaction) -> None:
    posting = booked.postings.order_by("pk").first()
    assert posting is not None
    posting.amount_fen = 1

    attempts = [
        posting.save,
        posting.delete,
        booked.postings.all().delete,
        lambda: Posting.objects.update(amount_fen=1),
        lambda: Posting.objects.bulk_update([posting], ["amount_fen"]),
        lambda: LedgerTransaction.objects.update(reference="other"),
    ]
    for attempt in attempts:
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            attempt()
    assert legs() == [("asset:provider", 4780), ("held:order:F1", -4780)]


def test_an_account_that_was_booked_on_cannot_be_deleted(booked: LedgerTransaction, at_commit: None) -> None:
    with pytest.raises(IntegrityError, match="foreign key"), transaction.atomic():
        raw("DELETE FROM ledger_account WHERE code = 'asset:provider'")
