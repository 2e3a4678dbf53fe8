"""
From declared harvests to dated listings: harvests, reports, forecasts, season plans and pick calls.

``planner`` is the pure core that decides; the rest of this package brings it rows and takes its plans away. Read
``planner/__init__.py`` first.
"""
