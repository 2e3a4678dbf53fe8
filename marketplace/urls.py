"""Where everything is. Order matters only at the end: Wagtail serves what nothing above took."""

from django.apps import apps
from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from marketplace import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("marketplace.storefront.urls")),
    path("basket/", include("marketplace.basket.urls")),
    path("checkout/", include("marketplace.checkout.urls")),
    path("", include("marketplace.customer.urls")),
    path("coop/", include("marketplace.cooperative_portal.urls")),
    path("logistics/", include("logistics.urls")),
    path("", include("logistics.buyer_urls")),
    path("", include("harvest_schedule.buyer_urls")),
    path("", include("marketplace.storefront.order_urls")),
    path("dashboard/schedule/", include("harvest_schedule.urls")),
    path("", include("marketplace.transparency.urls")),
    path("webhooks/", include("marketplace.webhooks.urls")),
    path("dashboard/", apps.get_app_config("dashboard").urls),
    path("cms/login/", RedirectView.as_view(pattern_name="customer:login", query_string=True)),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    # Editors' pictures only. Claim photos are shown by logistics to those who may see them, and never from here.
    re_path(r"^media/(?P<path>(?:images|original_images)/.+)$", serve, {"document_root": settings.MEDIA_ROOT}),
    path("", include(wagtail_urls)),
]
