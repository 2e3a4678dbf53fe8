"""What other machines tell us: the payment provider's notices."""
