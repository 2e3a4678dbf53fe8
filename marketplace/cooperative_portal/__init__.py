"""The cooperative's phone screens at /coop/."""
