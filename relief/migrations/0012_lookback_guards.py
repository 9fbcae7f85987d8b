"""The database itself: only legal steps of a look back, and nothing of a decided one changes."""

from django.db import migrations

from casework import guards

KEPT = """
CREATE TRIGGER relief_lookback_kept BEFORE UPDATE ON relief_lookback
    FOR EACH ROW WHEN (OLD.status IN ('applied', 'dismissed')) EXECUTE FUNCTION casework_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("relief", "0011_lookback")]

    operations = [
        migrations.RunSQL(
            guards.transition_guard_sql("ZS", "relief_lookback"), guards.drop_transition_guard_sql("relief_lookback")
        ),
        migrations.RunSQL(KEPT, "DROP TRIGGER relief_lookback_kept ON relief_lookback;"),
    ]
