"""
The season planner: what is picked, kept, promised and sold in which bucket. Pure: no Django, no clock, no database.

Read in this order: ``problem`` (what a planning question is), ``objective`` (what a good plan is), ``feasibility``
(what a plan must keep), ``model`` (the same two as a mixed-integer program), ``solve`` (the whole way in one page),
``windows`` and ``explain`` (what people see). ``forecast`` and ``atp`` make the quantities that go in and the promises
that may come out. The semantics of every key are settled in ``docs/algorithms/harvest_planning.md``.
"""
