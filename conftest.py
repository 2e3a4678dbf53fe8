"""
What must be there before any test module is imported: the services' addresses, then Django.

It is the topmost conftest on purpose: ``tests/conftest.py`` and the test modules may import models at their
top.
"""

import django

from deploy.test_services import provide_services

pytest_plugins = ["deploy.pytest_databases"]

provide_services()
django.setup()
