"""The database itself: only legal steps of the matters, rows kept, the scheme of the entitlements that are there."""

from django.db import migrations

from casework import guards

MATTERS = {"MZ": "ending", "MF": "objection", "MR": "recognition", "MC": "spotcheck"}
SCHEMES = """
UPDATE chronic_entitlement made SET scheme = found.scheme FROM (
    SELECT DISTINCT ON (person_id) person_id, scheme FROM enrollment_insuranceperiod
    WHERE NOT voided ORDER BY person_id, starts_on DESC) found
WHERE found.person_id = made.person_id
"""
LOCKED = """
CREATE FUNCTION chronic_refuse_locked_choice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.mode <> OLD.mode OR (OLD.locked_on IS NOT NULL AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION 'a locked choice of settlement stays for the year' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chronic_settlementchoice_locked BEFORE UPDATE ON chronic_settlementchoice
    FOR EACH ROW EXECUTE FUNCTION chronic_refuse_locked_choice();
"""


class Migration(migrations.Migration):
    dependencies = [("chronic", "0012_matters")]

    operations = [
        *(
            migrations.RunSQL(
                guards.transition_guard_sql(matter, f"chronic_{name}"),
                guards.drop_transition_guard_sql(f"chronic_{name}"),
            )
            for matter, name in MATTERS.items()
        ),
        migrations.RunSQL(
            guards.no_delete_sql("chronic_settlementchoice"), guards.drop_no_delete_sql("chronic_settlementchoice")
        ),
        migrations.RunSQL(LOCKED, "DROP FUNCTION chronic_refuse_locked_choice() CASCADE"),
        migrations.RunSQL(SCHEMES, migrations.RunSQL.noop),
    ]
