"""A payment and a recovery lie where the case lies that they belong to: the database refuses another territory. What an
institution owes is what its bills say. One view says which of all this does not hold."""

from django.db import migrations

TERRITORY = r"""
CREATE FUNCTION claims_check_territory() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER claims_payment_territory BEFORE INSERT ON claims_payment
    FOR EACH ROW EXECUTE FUNCTION claims_check_territory();
CREATE TRIGGER claims_adjustment_territory BEFORE INSERT ON claims_adjustment
    FOR EACH ROW EXECUTE FUNCTION claims_check_territory();
"""

DROP_TERRITORY = r"""
DROP TRIGGER claims_adjustment_territory ON claims_adjustment;
DROP TRIGGER claims_payment_territory ON claims_payment;
DROP FUNCTION claims_check_territory();
"""

RECOVERY = r"""
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

DROP_RECOVERY = r"""
DROP TRIGGER claims_recoveredbill_adds_up ON claims_recoveredbill;
DROP TRIGGER claims_adjustment_adds_up ON claims_adjustment;
DROP FUNCTION claims_recovery_adds_up();
"""

INVARIANTS = r"""
CREATE VIEW claims_invariant_violation AS
SELECT 'accumulator is the sum of its entries' AS name, concat_ws('/', person_id, year, acc_name) AS key
  FROM (SELECT coalesce(a.person_id, l.person_id) AS person_id, coalesce(a.year, l.year) AS year,
               coalesce(a.name, l.name) AS acc_name, coalesce(a.amount, 0) AS amount, coalesce(l.total, 0) AS total
          FROM claims_accumulator a
          FULL JOIN (SELECT person_id, year, name, sum(delta) AS total FROM claims_ledgerentry GROUP BY 1, 2, 3) l
            ON (a.person_id, a.year, a.name) = (l.person_id, l.year, l.name)) AS both_sides
 WHERE amount <> total
UNION ALL
SELECT 'accumulator within its cap', concat_ws('/', person_id, year, name) FROM claims_accumulator
 WHERE amount < 0 OR amount > cap
UNION ALL
SELECT 'an ended settlement leaves nothing in the ledger', settlement_id::text
  FROM claims_ledgerentry e JOIN claims_settlement s ON s.id = e.settlement_id WHERE s.ended_at IS NOT NULL
 GROUP BY settlement_id, e.year, e.name HAVING sum(delta) <> 0
UNION ALL
SELECT 'an ended settlement has its reversal', s.id::text FROM claims_settlement s
  LEFT JOIN claims_reversal r ON r.settlement_id = s.id WHERE (s.ended_at IS NULL) <> (r.id IS NULL)
UNION ALL
SELECT 'settlement is the sum of its stays', s.id::text
  FROM claims_settlement s LEFT JOIN claims_settlementitem i ON i.settlement_id = s.id
 GROUP BY s.id HAVING (coalesce(sum(i.total), 0), coalesce(sum(i.fund_total), 0)) <> (s.total, s.fund_total)
UNION ALL
SELECT 'a checked claim has a live settlement', c.case_no FROM claims_claim c
 WHERE c.status IN ('settled', 'reviewed', 'approved', 'paying', 'payment_failed', 'closed')
   AND NOT EXISTS (SELECT 1 FROM claims_settlement s WHERE s.claim_id = c.id AND s.ended_at IS NULL)
UNION ALL
SELECT 'a claim before settlement has none', c.case_no FROM claims_claim c
 WHERE c.status NOT IN ('settled', 'reviewed', 'approved', 'paying', 'payment_failed', 'closed')
   AND EXISTS (SELECT 1 FROM claims_settlement s WHERE s.claim_id = c.id AND s.ended_at IS NULL)
UNION ALL
SELECT 'batch is the sum of its payments', b.case_no
  FROM claims_paymentbatch b LEFT JOIN claims_payment p ON p.batch_id = b.id WHERE b.status <> 'cancelled'
 GROUP BY b.id HAVING (coalesce(sum(p.amount), 0), count(p.id)) <> (b.total, b.count::bigint)
UNION ALL
SELECT 'maker is not checker', c.case_no FROM claims_claim c
 WHERE reviewed_by_id = ANY (maker_ids) OR approved_by_id = ANY (maker_ids) OR reviewed_by_id = approved_by_id;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0003_record_guards"), ("chronic", "0001_initial"), ("maternity", "0001_initial")]

    operations = [
        migrations.RunSQL(TERRITORY, DROP_TERRITORY),
        migrations.RunSQL(RECOVERY, DROP_RECOVERY),
        migrations.RunSQL(INVARIANTS, "DROP VIEW claims_invariant_violation;"),
    ]
