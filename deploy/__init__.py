"""
Running Fenglu on one machine: embedded services, the demo's supervisor, the test command.

Nothing in here is imported by the site itself. Read ``demo.py`` first, then ``supervisor.py`` and
``embedded/``.
"""
