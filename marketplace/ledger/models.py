"""Accounts, transactions and postings. The database refuses what must never be: see the triggers in migration 0002."""

from django.db import models


class Account(models.Model):
    """
    Where money stands. The code is a path such as ``payable:cooperative:7``; its first word says what kind it is.

    Debits are positive, credits negative: an asset's balance is positive, a debt's negative.
    """

    code = models.CharField(max_length=120, unique=True)

    def __str__(self) -> str:
        return self.code


class LedgerTransaction(models.Model):
    """One fact about money. Its key makes it happen once; its postings sum to zero and never change."""

    key = models.CharField(max_length=160, unique=True)
    purpose = models.CharField(max_length=32)
    reference = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """One leg: an amount in fen on one account, debit positive."""

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(amount_fen=0), name="posting_not_zero")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount_fen}"
