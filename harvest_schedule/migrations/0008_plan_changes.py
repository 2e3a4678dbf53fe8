from django.db import migrations, models


class Migration(migrations.Migration):
    """The changes of a plan are a comparison with its figures, not a bare list."""

    dependencies = [("harvest_schedule", "0007_weather")]

    operations = [
        migrations.AlterField(
            model_name="seasonplan",
            name="changes",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
