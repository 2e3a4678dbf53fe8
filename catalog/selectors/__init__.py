"""What the screens and rules ask of the catalogue. Read-only; the moment is passed in."""
