from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0003_estimates"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="purpose",
            field=models.CharField(
                choices=[("train", "Train"), ("find_rate", "Find Rate")], default="train", max_length=10
            ),
        ),
    ]
