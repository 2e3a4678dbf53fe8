"""What screens and rules read of harvests, plans and pick calls. Nothing here writes."""
