"""What the database does by itself: posting the ledger, adding up, and refusing what no service would write."""

from django.db import migrations

from casework import guards

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

FROZEN = r"""
-- Arguments: the columns that may change; all else of the row stays as it was written.
CREATE FUNCTION claims_keep_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - TG_ARGV) IS DISTINCT FROM (to_jsonb(OLD) - TG_ARGV) THEN
        RAISE EXCEPTION '% keeps what was written; only % may change', TG_TABLE_NAME, array_to_string(TG_ARGV, ', ')
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION claims_end_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL THEN
        RAISE EXCEPTION 'a settlement ends once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION claims_void_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.voided AND NOT NEW.voided THEN
        RAISE EXCEPTION 'what was voided in % stays void', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION claims_payment_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('pending', 'batched'), ('pending', 'cancelled'), ('batched', 'pending'), ('batched', 'paid'), ('batched', 'failed'))
    THEN
        RAISE EXCEPTION 'a payment does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION claims_correction_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.confirmed_by_id IS NOT NULL THEN
        RAISE EXCEPTION 'a confirmed account stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION claims_makers_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT NEW.maker_ids @> OLD.maker_ids OR NEW.person_id <> OLD.person_id OR NEW.case_no <> OLD.case_no
       OR NEW.registered_by_id <> OLD.registered_by_id THEN
        RAISE EXCEPTION 'number, person and makers of a claim stay' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER claims_claim_makers BEFORE UPDATE ON claims_claim
    FOR EACH ROW EXECUTE FUNCTION claims_makers_stay();
CREATE TRIGGER claims_settlement_frozen BEFORE UPDATE ON claims_settlement
    FOR EACH ROW EXECUTE FUNCTION claims_keep_row('ended_at', 'ended');
CREATE TRIGGER claims_settlement_once BEFORE UPDATE ON claims_settlement
    FOR EACH ROW EXECUTE FUNCTION claims_end_once();
CREATE TRIGGER claims_visit_frozen BEFORE UPDATE ON claims_visit
    FOR EACH ROW EXECUTE FUNCTION claims_keep_row('voided');
CREATE TRIGGER claims_visit_void BEFORE UPDATE ON claims_visit
    FOR EACH ROW EXECUTE FUNCTION claims_void_once();
CREATE TRIGGER claims_materialreceived_frozen BEFORE UPDATE ON claims_materialreceived
    FOR EACH ROW EXECUTE FUNCTION claims_keep_row('voided');
CREATE TRIGGER claims_materialreceived_void BEFORE UPDATE ON claims_materialreceived
    FOR EACH ROW EXECUTE FUNCTION claims_void_once();
CREATE TRIGGER claims_finding_frozen BEFORE UPDATE ON claims_finding
    FOR EACH ROW EXECUTE FUNCTION claims_keep_row('approved_by_id', 'approved_at', 'approval_reason', 'cleared');
CREATE TRIGGER claims_payment_frozen BEFORE UPDATE ON claims_payment
    FOR EACH ROW EXECUTE FUNCTION claims_keep_row('state', 'batch_id', 'batched_by_id', 'failure', 'done_at');
CREATE TRIGGER claims_payment_state BEFORE UPDATE ON claims_payment
    FOR EACH ROW EXECUTE FUNCTION claims_payment_moves();
CREATE TRIGGER claims_accountcorrection_stays BEFORE UPDATE ON claims_accountcorrection
    FOR EACH ROW EXECUTE FUNCTION claims_correction_stays();

ALTER TABLE claims_claim
    ADD CONSTRAINT claim_reviewer_is_no_maker CHECK (NOT reviewed_by_id = ANY (maker_ids)),
    ADD CONSTRAINT claim_approver_is_no_maker CHECK (NOT approved_by_id = ANY (maker_ids)),
    ADD CONSTRAINT claim_refuser_is_no_maker CHECK (NOT refused_by_id = ANY (maker_ids));
ALTER TABLE claims_settlement
    ADD CONSTRAINT settlement_digest_is_true CHECK (
        digest = encode(sha256(convert_to(request_text || E'\n' || result_text, 'UTF8')), 'hex'));
"""

DROP_FROZEN = r"""
ALTER TABLE claims_settlement DROP CONSTRAINT settlement_digest_is_true;
ALTER TABLE claims_claim DROP CONSTRAINT claim_reviewer_is_no_maker, DROP CONSTRAINT claim_approver_is_no_maker,
    DROP CONSTRAINT claim_refuser_is_no_maker;
DROP TRIGGER claims_accountcorrection_stays ON claims_accountcorrection;
DROP TRIGGER claims_payment_state ON claims_payment;
DROP TRIGGER claims_payment_frozen ON claims_payment;
DROP TRIGGER claims_finding_frozen ON claims_finding;
DROP TRIGGER claims_materialreceived_void ON claims_materialreceived;
DROP TRIGGER claims_materialreceived_frozen ON claims_materialreceived;
DROP TRIGGER claims_visit_void ON claims_visit;
DROP TRIGGER claims_visit_frozen ON claims_visit;
DROP TRIGGER claims_settlement_once ON claims_settlement;
DROP TRIGGER claims_settlement_frozen ON claims_settlement;
DROP TRIGGER claims_claim_makers ON claims_claim;
DROP FUNCTION claims_makers_stay();
DROP FUNCTION claims_correction_stays();
DROP FUNCTION claims_payment_moves();
DROP FUNCTION claims_void_once();
DROP FUNCTION claims_end_once();
DROP FUNCTION claims_keep_row();
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

GUARDED = {
    "claims_billline": (guards.append_only_sql, guards.drop_append_only_sql),
    "claims_settlementitem": (guards.append_only_sql, guards.drop_append_only_sql),
    "claims_ledgerentry": (guards.append_only_sql, guards.drop_append_only_sql),
    "claims_reversal": (guards.append_only_sql, guards.drop_append_only_sql),
    "claims_bankreturn": (guards.append_only_sql, guards.drop_append_only_sql),
    "claims_visit": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "claims_settlement": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "claims_materialreceived": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "claims_finding": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "claims_payment": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "claims_accountcorrection": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "claims_accumulator": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "claims_personyear": (guards.no_delete_sql, guards.drop_no_delete_sql),
}

CASES = {"claims_claim": "LX", "claims_paymentbatch": "BF", "claims_adjustment": "TZ"}


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial"), ("casework", "0002_guards")]

    operations = [
        migrations.RunSQL(LEDGER, DROP_LEDGER),
        migrations.RunSQL(SUMS, DROP_SUMS),
        migrations.RunSQL(FROZEN, DROP_FROZEN),
        migrations.RunSQL(INVARIANTS, "DROP VIEW claims_invariant_violation;"),
        *(migrations.RunSQL(attach(table), detach(table)) for table, (attach, detach) in GUARDED.items()),
        *(
            migrations.RunSQL(guards.transition_guard_sql(matter, table), guards.drop_transition_guard_sql(table))
            for table, matter in CASES.items()
        ),
    ]
