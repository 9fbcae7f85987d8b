"""The database itself: only legal steps of the matters, periods closed or voided but never edited, rows kept."""

from django.db import migrations

from casework import guards

MATTERS = {
    "MT": "certification", "MZ": "ending", "MF": "objection", "MR": "recognition", "MC": "spotcheck",
    "MD": "drugcertification",
}
KEPT = [
    "certificationitem", "entitlement", "entitlementperiod", "qualification", "doctor", "reviewdue", "reviewnotice",
    "settlementchoice", "apikey", "apiclient",
]
APPENDED = ["twodiseaselist", "apisubmission"]

SPAN = """
CREATE TRIGGER chronic_entitlementperiod_guard BEFORE UPDATE ON chronic_entitlementperiod
    FOR EACH ROW EXECUTE FUNCTION enrollment_guard_span();
"""

PUBLISHED = """
CREATE FUNCTION chronic_refuse_decided_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('granted', 'refused') AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a decided item of a certification stays as it is' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chronic_certificationitem_decided BEFORE UPDATE ON chronic_certificationitem
    FOR EACH ROW EXECUTE FUNCTION chronic_refuse_decided_item();
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
    dependencies = [
        ("chronic", "0001_initial"),
        ("casework", "0002_guards"),
        ("enrollment", "0002_guards"),
    ]

    operations = [
        *(
            migrations.RunSQL(
                guards.transition_guard_sql(matter, f"chronic_{name}"),
                guards.drop_transition_guard_sql(f"chronic_{name}"),
            )
            for matter, name in MATTERS.items()
        ),
        migrations.RunSQL(SPAN, "DROP TRIGGER chronic_entitlementperiod_guard ON chronic_entitlementperiod"),
        migrations.RunSQL(PUBLISHED, "DROP FUNCTION chronic_refuse_decided_item() CASCADE"),
        migrations.RunSQL(LOCKED, "DROP FUNCTION chronic_refuse_locked_choice() CASCADE"),
        *(
            migrations.RunSQL(
                guards.no_delete_sql(f"chronic_{name}"), guards.drop_no_delete_sql(f"chronic_{name}")
            )
            for name in KEPT
        ),
        *(
            migrations.RunSQL(
                guards.append_only_sql(f"chronic_{name}"), guards.drop_append_only_sql(f"chronic_{name}")
            )
            for name in APPENDED
        ),
    ]
