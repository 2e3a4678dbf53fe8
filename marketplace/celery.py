"""What `celery -A marketplace` looks for. Tasks live in each room's tasks.py; what must not be lost is a row first."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.local")
django.setup()

from marketplace.foundation.celery_app import app  # noqa: E402

__all__ = ["app"]
