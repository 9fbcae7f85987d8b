"""The compact copy ends with its settlement, by the database's own hand, and changes in no other way."""

from django.db import migrations

from casework import guards

ENDS = r"""
CREATE FUNCTION claims_end_settled_bills() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE claims_settledbill SET live = false WHERE settlement_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER claims_settlement_ends_bills AFTER UPDATE OF ended_at ON claims_settlement
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION claims_end_settled_bills();

CREATE FUNCTION claims_refuse_bill_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 OR NEW.live OR (to_jsonb(NEW) - 'live') IS DISTINCT FROM (to_jsonb(OLD) - 'live') THEN
        RAISE EXCEPTION 'a settled bill ends with its settlement and changes in no other way'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'settledbill_only_ends';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER claims_settledbill_only_ends BEFORE UPDATE ON claims_settledbill
    FOR EACH ROW EXECUTE FUNCTION claims_refuse_bill_change();
"""

DROP = r"""
DROP TRIGGER claims_settledbill_only_ends ON claims_settledbill;
DROP FUNCTION claims_refuse_bill_change();
DROP TRIGGER claims_settlement_ends_bills ON claims_settlement;
DROP FUNCTION claims_end_settled_bills();
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0020_settled_bills")]

    operations = [
        migrations.RunSQL(ENDS, DROP),
        migrations.RunSQL(guards.no_delete_sql("claims_settledbill"), guards.drop_no_delete_sql("claims_settledbill")),
        migrations.RunSQL(
            guards.append_only_sql("claims_settledfacts"), guards.drop_append_only_sql("claims_settledfacts")
        ),
    ]
