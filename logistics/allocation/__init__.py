"""
PURE: which lots serve which order lines (draw.py) and how long produce keeps (life.py).

No Django, no clock, no database: plain integers in, plain integers out, the same input gives the same answer.
Read draw.py first.
"""
