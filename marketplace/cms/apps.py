from django.apps import AppConfig


class CmsConfig(AppConfig):
    name = "marketplace.cms"
    label = "cms"
    default_auto_field = "django.db.models.BigAutoField"
