from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chronic", "0016_words")]

    operations = [
        migrations.AddField(
            "apikey", "last_used_at",
            models.DateTimeField(blank=True, help_text="按刻钟记", null=True, verbose_name="最近使用"),
        ),
    ]
