"""Which of Oscar's dashboard is mounted, and for whom."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.urls import include, path
from oscar.apps.dashboard.apps import DashboardConfig as OscarDashboardConfig
from oscar.core.loading import get_class


class DashboardConfig(OscarDashboardConfig):
    """
    Catalogue and sellers only. Orders, vouchers, offers, users and reports of Oscar know nothing of windows, pools
    and settlement, so they are not mounted for anyone; sign-in and sign-out are the site's own.
    """

    name = "marketplace.dashboard"
    label = "dashboard"

    def ready(self) -> None:
        self.index_view = get_class("dashboard.views", "IndexView")
        self.catalogue_app = apps.get_app_config("catalogue_dashboard")
        self.partners_app = apps.get_app_config("partners_dashboard")
        self.configure_permissions()

    def configure_permissions(self) -> None:
        self.permissions_map = {"index": ["is_staff"]}

    def get_urls(self) -> list[Any]:
        from marketplace.dashboard.views import sign_in, sign_out

        return self.post_process_urls(
            [
                path("", self.index_view.as_view(), name="index"),
                path("catalogue/", include(self.catalogue_app.urls[0])),
                path("partners/", include(self.partners_app.urls[0])),
                path("login/", sign_in, name="login"),
                path("logout/", sign_out, name="logout"),
            ]
        )
