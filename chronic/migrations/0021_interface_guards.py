from django.db import migrations

from casework import guards


class Migration(migrations.Migration):
    dependencies = [("chronic", "0020_interface")]

    operations = [
        migrations.RunSQL(
            guards.append_only_sql("chronic_apisubmission"), guards.drop_append_only_sql("chronic_apisubmission")
        ),
        migrations.RunSQL(guards.no_delete_sql("chronic_apikey"), guards.drop_no_delete_sql("chronic_apikey")),
        migrations.RunSQL(guards.no_delete_sql("chronic_apiclient"), guards.drop_no_delete_sql("chronic_apiclient")),
    ]
