"""Wagtail pages: the home page and county stories."""
