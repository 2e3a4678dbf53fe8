"""Finished rows for the shopper's screens."""
