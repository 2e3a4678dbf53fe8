"""
Who gets what when promises exceed what will come. Pure: whole packs, grams and fen in and out.

Read problem.py, then policy.py, sharing.py (what comes), decide.py (what becomes of the rest), fairness.py. The
formulas with a worked example stand in docs/algorithms/shortfall.md.
"""
