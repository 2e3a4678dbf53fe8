"""Placing, paying, releasing, cancelling, refunding. Read placing.py, then paying.py; basket/quote.py before both."""
