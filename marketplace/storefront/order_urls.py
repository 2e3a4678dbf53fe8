"""A buyer's order, and the dev outbox."""

from django.urls import path

from marketplace.storefront import orders

app_name = "orders"
urlpatterns = [
    path("orders/<str:number>/", orders.order_detail, name="detail"),
    path("orders/<str:number>/cancel/", orders.order_cancel, name="cancel"),
    path("outbox/", orders.outbox, name="outbox"),
]
