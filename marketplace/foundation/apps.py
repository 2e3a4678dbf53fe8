from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "marketplace.foundation"
    label = "foundation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from marketplace.foundation import celery_app  # noqa: F401  (makes the default application)
