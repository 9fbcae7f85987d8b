"""The database itself: only legal steps of a certification, periods closed or voided but never edited, rows kept."""

from django.db import migrations

from casework import guards

SPAN = """
CREATE TRIGGER chronic_entitlementperiod_guard BEFORE UPDATE ON chronic_entitlementperiod
    FOR EACH ROW EXECUTE FUNCTION enrollment_guard_span();
"""
KEPT = ["certificationitem", "entitlement", "entitlementperiod", "qualification", "doctor"]

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


class Migration(migrations.Migration):
    dependencies = [
        ("chronic", "0001_initial"),
        ("casework", "0002_guards"),
        ("enrollment", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(
            guards.transition_guard_sql("MT", "chronic_certification"),
            guards.drop_transition_guard_sql("chronic_certification"),
        ),
        migrations.RunSQL(SPAN, "DROP TRIGGER chronic_entitlementperiod_guard ON chronic_entitlementperiod"),
        migrations.RunSQL(PUBLISHED, "DROP FUNCTION chronic_refuse_decided_item() CASCADE"),
        *(
            migrations.RunSQL(
                guards.no_delete_sql(f"chronic_{name}"), guards.drop_no_delete_sql(f"chronic_{name}")
            )
            for name in KEPT
        ),
    ]
