"""Double-entry accounts and postings, append-only; knows nothing of what it books. Read services.py first."""
