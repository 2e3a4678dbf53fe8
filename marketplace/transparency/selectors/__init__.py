"""What the public pages show: finished rows, with everything left out that must not be told."""
