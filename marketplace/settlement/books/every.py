"""All checks, in the order of their telling."""

from marketplace.settlement.books import guards, orders, payables, payments, shortfalls, stock
from marketplace.settlement.books.check import Check

CHECKS: tuple[Check, ...] = (
    *stock.CHECKS,
    *payments.CHECKS,
    *orders.CHECKS,
    *payables.CHECKS,
    *shortfalls.CHECKS,
    *guards.CHECKS,
)
