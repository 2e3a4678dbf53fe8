"""Placing, paying, releasing, cancelling, refunding. Read placing.py and paying.py in that order (basket/quote.py before them)."""
