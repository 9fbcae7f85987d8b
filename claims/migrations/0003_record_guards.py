"""The database itself: what was recorded stays, and ends in one way only; the compact copy of a settled bill ends with
its settlement, by the database's own hand. Rows are kept, cases take only legal steps."""

from django.db import migrations

from casework import guards

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

CREATE TRIGGER claims_yearclosing_frozen BEFORE UPDATE ON claims_yearclosing
    FOR EACH ROW EXECUTE FUNCTION claims_keep_row('reopened_by_id', 'reopened_at', 'reason');
CREATE TRIGGER claims_yearclosing_once BEFORE UPDATE ON claims_yearclosing
    FOR EACH ROW WHEN (OLD.reopened_at IS NOT NULL) EXECUTE FUNCTION casework_refuse_change();

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
DROP TRIGGER claims_yearclosing_once ON claims_yearclosing;
DROP TRIGGER claims_yearclosing_frozen ON claims_yearclosing;
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

BILLS = r"""
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

DROP_BILLS = r"""
DROP TRIGGER claims_settledbill_only_ends ON claims_settledbill;
DROP FUNCTION claims_refuse_bill_change();
DROP TRIGGER claims_settlement_ends_bills ON claims_settlement;
DROP FUNCTION claims_end_settled_bills();
"""

APPENDED = ["billline", "settlementitem", "settledfacts", "ledgerentry", "reversal", "bankreturn", "recoveredbill"]
KEPT = [
    "visit", "settlement", "materialreceived", "finding", "payment", "accountcorrection", "accumulator", "personyear",
    "settledbill", "yearclosing",
]
CASES = {"LX": "claim", "BF": "paymentbatch", "TZ": "adjustment"}


class Migration(migrations.Migration):
    dependencies = [("claims", "0002_ledger_guards"), ("casework", "0002_guards")]

    operations = [
        migrations.RunSQL(FROZEN, DROP_FROZEN),
        migrations.RunSQL(BILLS, DROP_BILLS),
        *(
            migrations.RunSQL(guards.append_only_sql(f"claims_{name}"), guards.drop_append_only_sql(f"claims_{name}"))
            for name in APPENDED
        ),
        *(
            migrations.RunSQL(guards.no_delete_sql(f"claims_{name}"), guards.drop_no_delete_sql(f"claims_{name}"))
            for name in KEPT
        ),
        *(
            migrations.RunSQL(
                guards.transition_guard_sql(matter, f"claims_{name}"),
                guards.drop_transition_guard_sql(f"claims_{name}"),
            )
            for matter, name in CASES.items()
        ),
    ]
