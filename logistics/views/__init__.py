"""
The station's screens and the buyer's claim form: permission first, one call, a page.

access.py says who may enter; the others are named after the work.
"""
