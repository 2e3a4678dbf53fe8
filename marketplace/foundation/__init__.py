"""Featureless parts every room uses: units, clock, transitions, outbox, idempotency. Nothing a buyer could name."""
