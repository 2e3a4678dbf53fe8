"""Sign-in, account and the buyer's own orders."""
