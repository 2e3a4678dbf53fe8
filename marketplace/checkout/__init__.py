"""Place an order, pay, confirm, release, cancel, refund: the flows. Read services/ first."""
