#!/usr/bin/env python
"""Fenglu's command line. Settings default to the local ones."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.local")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
