from django.apps import AppConfig


class LogisticsConfig(AppConfig):
    name = "logistics"
    label = "logistics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from harvest_schedule.on_hand import register_on_hand_source
        from logistics import mails  # noqa: F401  (they register what the outbox delivers)
        from logistics.selectors.stock import on_hand_rows

        register_on_hand_source(on_hand_rows)
