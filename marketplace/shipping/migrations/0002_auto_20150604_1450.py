from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shipping", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="orderanditemcharges",
            name="countries",
            field=models.ManyToManyField(to="address.Country", verbose_name="Countries", blank=True),
        ),
        migrations.AlterField(
            model_name="weightbased",
            name="countries",
            field=models.ManyToManyField(to="address.Country", verbose_name="Countries", blank=True),
        ),
    ]
