"""Due days of the entitlements that are there; due days and what was said of them are kept."""

from django.db import migrations

from casework import guards

BACKFILL = """
INSERT INTO chronic_reviewdue (entitlement_id, due_on, suspends_on, opened_on, outcome, next_on)
SELECT made.id, made.review_due_on, made.review_due_on + 1, made.granted_on, '', made.granted_on
FROM chronic_entitlement made WHERE made.review_due_on IS NOT NULL AND made.ended_on IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("chronic", "0010_reviews")]

    operations = [
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(
                guards.no_delete_sql(f"chronic_{name}"), guards.drop_no_delete_sql(f"chronic_{name}")
            )
            for name in ("reviewdue", "reviewnotice")
        ),
    ]
