"""Carriers, freight tariffs and transit days by province."""
