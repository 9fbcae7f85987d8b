"""The database itself: only legal steps of a maternity case, approved benefits stay, rows are kept."""

from django.db import migrations

from casework import guards

DECIDED = """
CREATE FUNCTION maternity_refuse_approved_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'approved' AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'an approved maternity benefit stays as it is' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER maternity_item_approved BEFORE UPDATE ON maternity_maternityitem
    FOR EACH ROW EXECUTE FUNCTION maternity_refuse_approved_item();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("maternity", "0001_initial"),
        ("casework", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(
            guards.transition_guard_sql("SY", "maternity_maternitycase"),
            guards.drop_transition_guard_sql("maternity_maternitycase"),
        ),
        migrations.RunSQL(DECIDED, "DROP FUNCTION maternity_refuse_approved_item() CASCADE"),
        *(
            migrations.RunSQL(
                guards.no_delete_sql(f"maternity_{name}"), guards.drop_no_delete_sql(f"maternity_{name}")
            )
            for name in ("birthevent", "maternityitem")
        ),
    ]
