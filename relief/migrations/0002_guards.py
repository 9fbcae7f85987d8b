"""The database itself: only legal steps of an application for relief; objections and rules are kept."""

from django.db import migrations

from casework import guards

KEPT = ["relief_publicationobjection", "relief_publicationrule"]


class Migration(migrations.Migration):
    dependencies = [
        ("relief", "0001_initial"),
        ("casework", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(
            guards.transition_guard_sql("JZ", "relief_reliefapplication"),
            guards.drop_transition_guard_sql("relief_reliefapplication"),
        ),
        *(migrations.RunSQL(guards.no_delete_sql(name), guards.drop_no_delete_sql(name)) for name in KEPT),
    ]
