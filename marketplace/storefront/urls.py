"""Addresses of this room."""

from django.conf import settings
from django.urls import URLPattern, path

from marketplace.storefront import display, styleguide
from marketplace.storefront.views import counties, place, produce, products

app_name = "storefront"
urlpatterns: list[URLPattern] = [
    path("products/", products.product_list, name="product_list"),
    path("opening-next/", products.opening_next, name="opening_next"),
    path("products/<slug:slug>/", products.product_detail, name="product_detail"),
    path("produce/", produce.produce_list, name="produce_list"),
    path("produce/<slug:slug>/", produce.produce_detail, name="produce_detail"),
    path("calendar/", produce.calendar, name="calendar"),
    path("counties/", counties.county_list, name="county_list"),
    path("counties/<str:code>/", counties.county_detail, name="county_detail"),
    path("deliver-to/", place.place, name="place"),
    path("display/", display.display_set, name="display"),
]
if settings.DEBUG:
    urlpatterns += [
        path("styleguide/", styleguide.styleguide_index, name="styleguide"),
        path("styleguide/work/", styleguide.styleguide_work, name="styleguide_work"),
    ]
