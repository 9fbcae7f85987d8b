"""The database itself: only legal steps of a look back, and nothing of a decided one changes."""

from django.db import migrations

from casework import guards

KEPT = """
CREATE TRIGGER relief_reconsideration_kept BEFORE UPDATE ON relief_reconsideration
    FOR EACH ROW WHEN (OLD.status IN ('applied', 'dismissed')) EXECUTE FUNCTION casework_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("relief", "0011_reconsideration")]

    operations = [
        migrations.RunSQL(
            guards.transition_guard_sql("ZS", "relief_reconsideration"), guards.drop_transition_guard_sql("relief_reconsideration")
        ),
        migrations.RunSQL(KEPT, "DROP TRIGGER relief_reconsideration_kept ON relief_reconsideration;"),
    ]
