"""
Does planning help? The same seasons, played week by week under several ways of selling, and settled alike.

A pure core: no framework, clock or database. See docs/algorithms/policy_simulation.md.
"""
