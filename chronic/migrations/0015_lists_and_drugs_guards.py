"""The database itself: only legal steps of a drug's certification, lists kept."""

from django.db import migrations

from casework import guards


class Migration(migrations.Migration):
    dependencies = [("chronic", "0014_lists_and_drugs")]

    operations = [
        migrations.RunSQL(
            guards.transition_guard_sql("MD", "chronic_drugcertification"),
            guards.drop_transition_guard_sql("chronic_drugcertification"),
        ),
        migrations.RunSQL(
            guards.append_only_sql("chronic_twodiseaselist"), guards.drop_append_only_sql("chronic_twodiseaselist")
        ),
    ]
