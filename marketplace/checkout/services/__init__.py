"""Placing, paying, releasing, cancelling, refunding. Read quote.py, placing.py and paying.py in that order."""
