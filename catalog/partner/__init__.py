"""Who sells, and the listing window: Oscar's stock record with dates. Read models.py first."""
