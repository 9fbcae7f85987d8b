"""What an institution owes is what its bills say, and lies where its spot check lies; its bills stay as they are."""

from django.db import migrations

from casework import guards

GUARDS = r"""
CREATE OR REPLACE FUNCTION claims_check_territory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.region_code IS DISTINCT FROM coalesce(
        (SELECT region_code FROM claims_claim WHERE id = NEW.claim_id),
        (SELECT region_code FROM maternity_maternitycase WHERE id = NEW.maternity_case_id),
        (SELECT region_code FROM chronic_spotcheck WHERE case_no = to_jsonb(NEW) ->> 'source_no'))
    THEN
        RAISE EXCEPTION 'row of % lies in another territory than its case', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'territory_of_the_case';
    END IF;
    RETURN NEW;
END $$;

-- At commit: bills belong to what an institution owes, and their differences add up to it.
CREATE FUNCTION claims_recovery_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint := CASE TG_TABLE_NAME WHEN 'claims_adjustment' THEN (to_jsonb(NEW) ->> 'id')::bigint
                     ELSE (to_jsonb(NEW) ->> 'adjustment_id')::bigint END;
BEGIN
    IF (SELECT CASE WHEN institution_id IS NULL THEN 0 ELSE amount END FROM claims_adjustment WHERE id = wanted)
       IS DISTINCT FROM
       (SELECT coalesce(sum(before - after), 0) FROM claims_recoveredbill WHERE adjustment_id = wanted)
    THEN
        RAISE EXCEPTION 'what an institution owes is not the sum of its bills'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'recovery_is_its_bills';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER claims_adjustment_adds_up AFTER INSERT OR UPDATE OF amount, institution_id
    ON claims_adjustment DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claims_recovery_adds_up();
CREATE CONSTRAINT TRIGGER claims_recoveredbill_adds_up AFTER INSERT
    ON claims_recoveredbill DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claims_recovery_adds_up();
"""

DROP = r"""
DROP TRIGGER claims_recoveredbill_adds_up ON claims_recoveredbill;
DROP TRIGGER claims_adjustment_adds_up ON claims_adjustment;
DROP FUNCTION claims_recovery_adds_up();
CREATE OR REPLACE FUNCTION claims_check_territory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.region_code IS DISTINCT FROM coalesce(
        (SELECT region_code FROM claims_claim WHERE id = NEW.claim_id),
        (SELECT region_code FROM maternity_maternitycase WHERE id = NEW.maternity_case_id))
    THEN
        RAISE EXCEPTION 'row of % lies in another territory than its case', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'territory_of_the_case';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0060_institution_recovery"), ("chronic", "0013_matter_guards")]

    operations = [
        migrations.RunSQL(GUARDS, DROP),
        migrations.RunSQL(
            guards.append_only_sql("claims_recoveredbill"), guards.drop_append_only_sql("claims_recoveredbill")
        ),
    ]
