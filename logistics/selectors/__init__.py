"""
What the screens and services of this room ask. Nothing here writes.

scope.py: which hubs and objects a person may see. stock.py: what lies where, as sums over movements.
"""
