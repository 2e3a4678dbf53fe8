from django.apps import AppConfig


class HarvestScheduleConfig(AppConfig):
    name = "harvest_schedule"
    label = "harvest_schedule"
    default_auto_field = "django.db.models.BigAutoField"
