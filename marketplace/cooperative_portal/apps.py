from django.apps import AppConfig


class CooperativePortalConfig(AppConfig):
    name = "marketplace.cooperative_portal"
    label = "cooperative_portal"
    default_auto_field = "django.db.models.BigAutoField"
