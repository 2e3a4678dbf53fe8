"""
What must be there before any test module is imported: the services' addresses, then Django.

It is the topmost conftest on purpose: ``tests/conftest.py`` and the test modules may import models at their
top.
"""

import django
import pytest
from django.utils import translation

from deploy.test_services import provide_services

pytest_plugins = ["deploy.pytest_databases"]

provide_services()
django.setup()


@pytest.fixture(autouse=True)
def _the_sites_own_language() -> None:
    """Begin in the site's language: a page that was read in another one leaves it active in the thread."""
    translation.deactivate()
