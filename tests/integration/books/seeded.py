"""A breach of the books, made by raw SQL behind the back of triggers and constraints; and pieces of that SQL."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Seeded:
    """One breach: the check that must find it, how it is made, and a word of the row that must be named."""

    check: str
    sql: str
    row: str
    case: str = ""
    #: Constraints that would refuse it, as table and name.
    without: tuple[tuple[str, str], ...] = field(default=())

    def __str__(self) -> str:
        return f"{self.check} {self.case}".strip()


#: Book an amount between two accounts that exist.
MOVE = """
    WITH made AS (INSERT INTO ledger_ledgertransaction (key, purpose, reference, at)
                  VALUES ('seeded', '{purpose}', 'x', now()) RETURNING id)
    INSERT INTO ledger_posting (transaction_id, account_id, amount_fen)
    SELECT made.id, a.id, side.fen FROM made
    CROSS JOIN (VALUES ('{debit}', {fen}), ('{credit}', -{fen})) side(code, fen)
    JOIN ledger_account a ON a.code = side.code"""
#: What is held for the order that waits.
HELD = "held:order:%(waiting_number)s"
#: Lose bookings with their legs.
FORGET = """
    DELETE FROM ledger_posting WHERE transaction_id IN (SELECT id FROM ledger_ledgertransaction WHERE {where});
    DELETE FROM ledger_ledgertransaction WHERE {where}"""
#: Falsify one leg.
LEG = """
    UPDATE ledger_posting SET {change} WHERE id IN (
        SELECT p.id FROM ledger_posting p JOIN ledger_ledgertransaction t ON t.id = p.transaction_id
        JOIN ledger_account a ON a.id = p.account_id WHERE {where})"""
