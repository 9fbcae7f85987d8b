"""What the database does by itself: posting the ledger, adding up, and refusing an entry in a closed year."""

from django.db import migrations

LEDGER = r"""
-- Entries are posted once per statement. A reversal is the exact opposite of an entry that is none itself; it leaves
-- the cap as it was. An UPDATE comes first, since the proposed row of an INSERT is checked before its conflict is seen.
CREATE FUNCTION claims_post_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added a JOIN claims_ledgerentry o ON o.id = a.reverses_id
               WHERE o.reverses_id IS NOT NULL OR a.delta <> -o.delta OR a.settlement_id <> o.settlement_id
                  OR (a.person_id, a.year, a.name) IS DISTINCT FROM (o.person_id, o.year, o.name)) THEN
        RAISE EXCEPTION 'a reversal must be the exact opposite of one original entry'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_reversal_is_exact';
    END IF;
    IF EXISTS (SELECT 1 FROM added a JOIN claims_settlement s ON s.id = a.settlement_id
               WHERE s.person_id <> a.person_id OR (a.reverses_id IS NULL AND s.ended_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'an entry belongs to a live settlement of the same person'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_entry_has_settlement';
    END IF;
    UPDATE claims_accumulator acc
       SET amount = acc.amount + s.delta, cap = CASE WHEN s.posts THEN s.cap ELSE acc.cap END
      FROM (SELECT person_id, year, name, sum(delta) AS delta, bool_or(reverses_id IS NULL) AS posts,
                   max(cap) FILTER (WHERE reverses_id IS NULL) AS cap
              FROM added GROUP BY person_id, year, name) s
     WHERE (acc.person_id, acc.year, acc.name) = (s.person_id, s.year, s.name);
    INSERT INTO claims_accumulator AS acc (person_id, year, name, amount, cap)
    SELECT person_id, year, name, sum(delta), max(cap) FILTER (WHERE reverses_id IS NULL) FROM added a
     WHERE NOT EXISTS (SELECT 1 FROM claims_accumulator x
                        WHERE (x.person_id, x.year, x.name) = (a.person_id, a.year, a.name))
     GROUP BY person_id, year, name ORDER BY person_id, year, name
        ON CONFLICT (person_id, year, name) DO UPDATE SET amount = acc.amount + EXCLUDED.amount, cap = EXCLUDED.cap;
    RETURN NULL;
END $$;

CREATE TRIGGER claims_ledgerentry_post AFTER INSERT ON claims_ledgerentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION claims_post_entries();

CREATE FUNCTION claims_refuse_direct_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'accumulators are written by the ledger alone' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER claims_accumulator_direct BEFORE INSERT OR UPDATE ON claims_accumulator
    FOR EACH ROW EXECUTE FUNCTION claims_refuse_direct_posting();
"""

DROP_LEDGER = r"""
DROP TRIGGER claims_accumulator_direct ON claims_accumulator;
DROP TRIGGER claims_ledgerentry_post ON claims_ledgerentry;
DROP FUNCTION claims_refuse_direct_posting();
DROP FUNCTION claims_post_entries();
"""

CLOSED = r"""
CREATE FUNCTION claims_refuse_closed_year() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM claims_yearclosing c JOIN (SELECT DISTINCT person_id, year FROM added) a ON a.year = c.year
                 JOIN enrollment_person p ON p.id = a.person_id
                WHERE c.reopened_at IS NULL AND left(p.region_code, 4) || '00' = c.region_code) THEN
        RAISE EXCEPTION 'a closed year takes no ledger entry'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_year_is_open';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER claims_ledgerentry_year AFTER INSERT ON claims_ledgerentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION claims_refuse_closed_year();
"""

DROP_CLOSED = r"""
DROP TRIGGER claims_ledgerentry_year ON claims_ledgerentry;
DROP FUNCTION claims_refuse_closed_year();
"""

SUMS = r"""
CREATE FUNCTION claims_check_settlement_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT (coalesce(sum(total), 0), coalesce(sum(fund_total), 0), coalesce(sum(personal), 0), count(*) > 0)
          FROM claims_settlementitem WHERE settlement_id = NEW.id)
       IS DISTINCT FROM (NEW.total, NEW.fund_total, NEW.personal, true) THEN
        RAISE EXCEPTION 'the stays of settlement % do not add up to its totals', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_items_add_up';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER claims_settlement_sum AFTER INSERT ON claims_settlement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claims_check_settlement_sum();

CREATE FUNCTION claims_check_late_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM claims_settlement s JOIN (SELECT DISTINCT settlement_id FROM added) a ON a.settlement_id = s.id
               WHERE (SELECT (sum(total), sum(fund_total)) FROM claims_settlementitem i WHERE i.settlement_id = s.id)
                     IS DISTINCT FROM (s.total, s.fund_total)) THEN
        RAISE EXCEPTION 'the stays of a settlement do not add up to its totals'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_items_add_up';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER claims_settlementitem_sum AFTER INSERT ON claims_settlementitem
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION claims_check_late_items();

CREATE FUNCTION claims_check_line_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM claims_visit v JOIN (SELECT DISTINCT visit_id FROM added) a ON a.visit_id = v.id
               WHERE v.mode <> 'lines' OR (SELECT (sum(amount), sum(deducted)) FROM claims_billline l WHERE l.visit_id = v.id)
                     IS DISTINCT FROM (v.total, v.deducted)) THEN
        RAISE EXCEPTION 'the lines of a stay do not add up to its total'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_add_up';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER claims_billline_sum AFTER INSERT ON claims_billline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION claims_check_line_sum();

CREATE FUNCTION claims_check_visit_has_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM claims_billline WHERE visit_id = NEW.id) THEN
        RAISE EXCEPTION 'stay % was entered by lines and has none', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_add_up';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER claims_visit_has_lines AFTER INSERT ON claims_visit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.mode = 'lines') EXECUTE FUNCTION claims_check_visit_has_lines();

CREATE FUNCTION claims_check_batch_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint := CASE WHEN TG_TABLE_NAME = 'claims_paymentbatch' THEN NEW.id END;
BEGIN
    IF TG_TABLE_NAME = 'claims_payment' THEN
        wanted := coalesce(NEW.batch_id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.batch_id END);
    END IF;
    IF EXISTS (SELECT 1 FROM claims_paymentbatch b WHERE b.id = wanted AND b.status <> 'cancelled'
               AND (SELECT (coalesce(sum(amount), 0), count(*)) FROM claims_payment p WHERE p.batch_id = b.id)
                   IS DISTINCT FROM (b.total, b.count::bigint)) THEN
        RAISE EXCEPTION 'batch % is not the sum of its payments', wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_is_its_payments';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER claims_paymentbatch_sum AFTER INSERT OR UPDATE OF total, count ON claims_paymentbatch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claims_check_batch_sum();
CREATE CONSTRAINT TRIGGER claims_payment_batch_sum AFTER INSERT OR UPDATE OF batch_id, amount ON claims_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claims_check_batch_sum();
"""

DROP_SUMS = r"""
DROP TRIGGER claims_payment_batch_sum ON claims_payment;
DROP TRIGGER claims_paymentbatch_sum ON claims_paymentbatch;
DROP FUNCTION claims_check_batch_sum();
DROP TRIGGER claims_visit_has_lines ON claims_visit;
DROP FUNCTION claims_check_visit_has_lines();
DROP TRIGGER claims_billline_sum ON claims_billline;
DROP FUNCTION claims_check_line_sum();
DROP TRIGGER claims_settlementitem_sum ON claims_settlementitem;
DROP FUNCTION claims_check_late_items();
DROP TRIGGER claims_settlement_sum ON claims_settlement;
DROP FUNCTION claims_check_settlement_sum();
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial"), ("enrollment", "0001_initial")]

    operations = [
        migrations.RunSQL(LEDGER, DROP_LEDGER),
        migrations.RunSQL(CLOSED, DROP_CLOSED),
        migrations.RunSQL(SUMS, DROP_SUMS),
    ]
