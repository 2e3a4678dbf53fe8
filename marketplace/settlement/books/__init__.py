"""
Proof that stock, orders, payments and ledger agree, by plain SQL that shares no code with the services.

Read check.py first, then the lists: stock.py, orders.py, payments.py, payables.py, shortfalls.py, guards.py.
"""
