"""The database holds matters to their steps, closes employments, schoolings and memberships rather than editing
them, and deletes none of it."""
from django.db import migrations

from casework import guards

SPANS = ["employment", "schooling", "householdmember"]
KEPT = ["employer", "household", "personmerge", *SPANS]


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0020_matters"), ("casework", "0002_guards")]

    operations = [
        migrations.RunSQL(
            guards.transition_guard_sql("CB", "enrollment_enrollmentcase"),
            guards.drop_transition_guard_sql("enrollment_enrollmentcase"),
        ),
        migrations.RunSQL(
            guards.append_only_sql("enrollment_transferrecord"),
            guards.drop_append_only_sql("enrollment_transferrecord"),
        ),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER enrollment_{name}_guard BEFORE UPDATE ON enrollment_{name}"
                " FOR EACH ROW EXECUTE FUNCTION enrollment_guard_span()",
                f"DROP TRIGGER enrollment_{name}_guard ON enrollment_{name}",
            )
            for name in SPANS
        ),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER enrollment_{name}_kept BEFORE DELETE ON enrollment_{name}"
                " FOR EACH ROW EXECUTE FUNCTION enrollment_refuse_delete()",
                f"DROP TRIGGER enrollment_{name}_kept ON enrollment_{name}",
            )
            for name in KEPT
        ),
    ]
