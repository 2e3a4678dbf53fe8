"""The consumer's screens: home, search, products, produce, calendar, counties, ledger."""
