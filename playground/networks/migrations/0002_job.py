from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("networks", "0001_first")]

    operations = [
        migrations.AddField("savednetwork", "job", models.JSONField(default=dict)),
    ]
