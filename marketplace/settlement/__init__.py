"""How an order line's money is split by the lots it drew, and paid out. Read services.py first."""
