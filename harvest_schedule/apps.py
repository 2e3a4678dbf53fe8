from django.apps import AppConfig


class HarvestScheduleConfig(AppConfig):
    name = "harvest_schedule"
    label = "harvest_schedule"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from harvest_schedule import mails  # noqa: F401  (what the outbox delivers)
        from harvest_schedule.services import pick_calls, replan_events, shortfall_deciding  # noqa: F401
