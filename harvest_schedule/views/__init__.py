"""The screens of officers: thin, and the only place of this room's web that reads the clock."""
