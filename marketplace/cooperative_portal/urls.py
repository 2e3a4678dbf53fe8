"""Addresses of this room."""

from django.urls import URLPattern

app_name = "cooperative_portal"
urlpatterns: list[URLPattern] = []
