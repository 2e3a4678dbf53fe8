"""Addresses of this room."""

from django.urls import URLPattern, path

from marketplace.transparency import views

app_name = "transparency"
urlpatterns: list[URLPattern] = [
    path("trace/<slug:number>/", views.trace, name="trace"),
    path("trace/<slug:number>/qr.svg", views.trace_qr, name="trace_qr"),
    path("ledger/", views.ledger, name="ledger"),
    path("ledger/fenglu-ledger.csv", views.ledger_csv, name="ledger_csv"),
]
