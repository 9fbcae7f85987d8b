"""The database itself: only legal steps of a maternity case, rows are kept; a decided benefit keeps its figures, and is
let go only when its case is no longer decided; who made a case is never forgotten and decides nothing about it."""

from django.db import migrations

from casework import guards

DECIDED = """
CREATE FUNCTION maternity_refuse_approved_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'approved' OR NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - 'state') IS DISTINCT FROM (to_jsonb(OLD) - 'state')
       OR (SELECT status FROM maternity_maternitycase WHERE id = OLD.case_id)
          IN ('approved', 'paying', 'payment_failed', 'closed') THEN
        RAISE EXCEPTION 'an approved maternity benefit stays as it is' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER maternity_item_approved BEFORE UPDATE ON maternity_maternityitem
    FOR EACH ROW EXECUTE FUNCTION maternity_refuse_approved_item();
"""

MAKERS = """
ALTER TABLE maternity_maternitycase
    ADD CONSTRAINT maternity_reviewer_is_no_maker CHECK (NOT reviewed_by_id = ANY (maker_ids)),
    ADD CONSTRAINT maternity_approver_is_no_maker CHECK (NOT approved_by_id = ANY (maker_ids)),
    ADD CONSTRAINT maternity_refuser_is_no_maker CHECK (NOT refused_by_id = ANY (maker_ids));
CREATE FUNCTION maternity_makers_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT NEW.maker_ids @> OLD.maker_ids OR NEW.event_id <> OLD.event_id OR NEW.claimant_id <> OLD.claimant_id
       OR NEW.case_no <> OLD.case_no OR NEW.registered_by_id <> OLD.registered_by_id THEN
        RAISE EXCEPTION 'number, event, claimant and makers of a maternity case stay'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER maternity_case_makers BEFORE UPDATE ON maternity_maternitycase
    FOR EACH ROW EXECUTE FUNCTION maternity_makers_stay();
"""

DROP_MAKERS = """
DROP TRIGGER maternity_case_makers ON maternity_maternitycase;
DROP FUNCTION maternity_makers_stay();
ALTER TABLE maternity_maternitycase DROP CONSTRAINT maternity_reviewer_is_no_maker,
    DROP CONSTRAINT maternity_approver_is_no_maker, DROP CONSTRAINT maternity_refuser_is_no_maker;
"""

EVENT = """
CREATE FUNCTION maternity_event_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - '{spouse_id,voided}'::text[]) IS DISTINCT FROM (to_jsonb(OLD) - '{spouse_id,voided}'::text[])
       OR (OLD.voided AND NOT NEW.voided) OR (OLD.spouse_id IS NOT NULL AND NEW.spouse_id IS DISTINCT FROM OLD.spouse_id)
    THEN
        RAISE EXCEPTION 'a registered event stays; a wrong one is voided' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER maternity_event_stays BEFORE UPDATE ON maternity_birthevent
    FOR EACH ROW EXECUTE FUNCTION maternity_event_stays();
"""

DROP_EVENT = """
DROP TRIGGER maternity_event_stays ON maternity_birthevent;
DROP FUNCTION maternity_event_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("maternity", "0001_initial"),
        ("casework", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(
            guards.transition_guard_sql("SY", "maternity_maternitycase"),
            guards.drop_transition_guard_sql("maternity_maternitycase"),
        ),
        migrations.RunSQL(DECIDED, "DROP FUNCTION maternity_refuse_approved_item() CASCADE"),
        migrations.RunSQL(MAKERS, DROP_MAKERS),
        migrations.RunSQL(EVENT, DROP_EVENT),
        *(
            migrations.RunSQL(
                guards.no_delete_sql(f"maternity_{name}"), guards.drop_no_delete_sql(f"maternity_{name}")
            )
            for name in ("birthevent", "maternityitem")
        ),
    ]
