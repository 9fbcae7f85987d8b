"""The database itself refuses to rewrite or delete the register: spans are closed or voided, rows stay."""
from django.db import migrations

SPANS = ["insuranceperiod", "persontag", "hardshipidentity", "carefiling"]
KEPT = ["person", "institution", *SPANS]

GUARD = """
CREATE FUNCTION enrollment_guard_span() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_to_change text[] := ARRAY['ends_on', 'end_reason', 'voided', 'state'];
BEGIN
    IF OLD.voided AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a voided row of % stays as it is', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(NEW) - open_to_change IS DISTINCT FROM to_jsonb(OLD) - open_to_change THEN
        RAISE EXCEPTION 'rows of % are closed and added, never edited', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.ends_on IS NOT NULL AND (NEW.ends_on IS NULL OR NEW.ends_on > OLD.ends_on) THEN
        RAISE EXCEPTION 'a span of % is never lengthened', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION enrollment_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0001_initial")]

    operations = [
        migrations.RunSQL(GUARD, "DROP FUNCTION enrollment_guard_span(); DROP FUNCTION enrollment_refuse_delete()"),
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
