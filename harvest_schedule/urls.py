"""Addresses of this room."""

from django.urls import URLPattern

app_name = "harvest_schedule"
urlpatterns: list[URLPattern] = []
