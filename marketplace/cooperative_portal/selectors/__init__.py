"""What the cooperative's screens read that reaches over lots and settlements."""
