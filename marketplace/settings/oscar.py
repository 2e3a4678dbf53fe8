"""What Oscar reads: names, limits and the life of an order. See marketplace/order/states.py for its meaning."""

from django.utils.translation import gettext_lazy as _

OSCAR_SHOP_NAME = "丰路 Fenglu"
OSCAR_DEFAULT_CURRENCY = "CNY"
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_EAGER_ALERTS = False
OSCAR_MAX_BASKET_QUANTITY_THRESHOLD = 500
OSCAR_FROM_EMAIL = "service@fenglu.example"
OSCAR_HIDDEN_FEATURES = ["reviews", "wishlists"]
OSCAR_REQUIRED_ADDRESS_FIELDS = ("first_name", "line1", "line4", "state", "phone_number")
OSCAR_INITIAL_ORDER_STATUS = "AWAITING_PAYMENT"
OSCAR_INITIAL_LINE_STATUS = "AWAITING_PAYMENT"

#: The only table of an order's moves; `marketplace.order.processing` is the only code that makes them.
OSCAR_ORDER_STATUS_PIPELINE = {
    "AWAITING_PAYMENT": ("PAID", "RELEASED"),
    "PAID": ("PREPARING", "SHIPPED", "CANCELLED"),
    "PREPARING": ("SHIPPED", "CANCELLED"),
    "SHIPPED": ("DELIVERED",),
    "DELIVERED": ("SETTLED",),
    "SETTLED": (),
    "RELEASED": ("PAID", "CANCELLED"),
    "CANCELLED": (),
}
OSCAR_LINE_STATUS_PIPELINE = {
    "AWAITING_PAYMENT": ("PAID", "RELEASED"),
    "PAID": ("DRAWN", "OFFERED", "CANCELLED"),
    "OFFERED": ("PAID", "CANCELLED"),
    "DRAWN": ("PAID", "PACKED", "CANCELLED"),
    "PACKED": ("SHIPPED",),
    "SHIPPED": ("DELIVERED",),
    "DELIVERED": ("SETTLED",),
    "SETTLED": (),
    "RELEASED": ("PAID", "CANCELLED"),
    "CANCELLED": (),
}

#: Staff keep Oscar's dashboard for catalogue work only; its order screens are never mounted (reliability.md M9).
OSCAR_DASHBOARD_NAVIGATION = [
    {"label": _("Back office"), "icon": "fas fa-list", "url_name": "dashboard:index"},
    {
        "label": _("Catalogue"),
        "icon": "fas fa-sitemap",
        "children": [
            {"label": _("Products"), "url_name": "dashboard:catalogue-product-list"},
            {"label": _("Product types"), "url_name": "dashboard:catalogue-class-list"},
            {"label": _("Categories"), "url_name": "dashboard:catalogue-category-list"},
            {"label": _("Options"), "url_name": "dashboard:catalogue-option-list"},
        ],
    },
    {
        "label": _("Season plans"),
        "icon": "fas fa-calendar",
        "url_name": "harvest_schedule:schedule_list",
        # Oscar asks its own apps who may see a node; this address is not one of theirs.
        "access_fn": lambda user, *_args: user.is_staff,
    },
    {"label": _("Sellers"), "icon": "fas fa-store", "url_name": "dashboard:partner-list"},
]

HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}

#: Oscar's catalogue pages are not mounted, so its "view on site" leads to ours.
ABSOLUTE_URL_OVERRIDES = {
    "catalogue.product": lambda product: f"/products/{product.slug}/",
    "catalogue.category": lambda category: "/products/",
}
