"""The database itself refuses to rewrite or delete the register: spans are closed or voided, rows stay. The ledgers of
contributions and personal accounts cannot be rewritten, balances follow their entries, matters keep to their steps."""
from django.db import migrations

from casework import guards

SPANS = [
    "insuranceperiod", "persontag", "hardshipidentity", "carefiling", "waitingexemption", "familybinding",
    "employment", "schooling", "householdmember",
]
KEPT = [
    "person", "institution", "benefitwindow", "yearrecord", "accountbalance", "employer", "household", "personmerge",
    *SPANS,
]
APPENDED = ["enrollment_contribution", "enrollment_accountentry", "enrollment_transferrecord"]
FILES = ["enrollment_bulkbatch", "enrollment_bulkexport"]

REGISTER = """
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

DROP_REGISTER = "DROP FUNCTION enrollment_guard_span(); DROP FUNCTION enrollment_refuse_delete()"

LEDGERS = """
CREATE FUNCTION enrollment_check_contribution_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    amounts text[] := ARRAY[
        'employer_amount', 'personal_amount', 'subsidy_amount', 'fiscal_amount', 'late_fee', 'account_credit'];
    own text[] := ARRAY['id', 'source_no', 'paid_on', 'reverses_id', 'reason', 'recorded_by_id', 'recorded_at'];
    old_row jsonb;
    new_row jsonb := to_jsonb(NEW);
    name text;
BEGIN
    SELECT to_jsonb(c) INTO old_row FROM enrollment_contribution c WHERE c.id = NEW.reverses_id;
    IF old_row->>'reverses_id' IS NOT NULL THEN
        RAISE EXCEPTION 'a reversal is not reversed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF new_row - own - amounts IS DISTINCT FROM old_row - own - amounts THEN
        RAISE EXCEPTION 'a reversal names the same contribution' USING ERRCODE = 'restrict_violation';
    END IF;
    FOREACH name IN ARRAY amounts LOOP
        IF (new_row->>name)::numeric <> -((old_row->>name)::numeric) THEN
            RAISE EXCEPTION 'a reversal is the exact opposite: %', name USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

CREATE FUNCTION enrollment_post_account_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added a JOIN enrollment_accountentry o ON o.id = a.reverses_id
               WHERE o.reverses_id IS NOT NULL OR o.person_id <> a.person_id OR o.amount <> -a.amount) THEN
        RAISE EXCEPTION 'a reversal is the exact opposite' USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE enrollment_accountbalance b SET amount = b.amount + s.amount
      FROM (SELECT person_id, sum(amount) AS amount FROM added GROUP BY person_id) s WHERE b.person_id = s.person_id;
    INSERT INTO enrollment_accountbalance (person_id, amount)
    SELECT person_id, sum(amount) FROM added a
     WHERE NOT EXISTS (SELECT 1 FROM enrollment_accountbalance b WHERE b.person_id = a.person_id)
     GROUP BY person_id;
    RETURN NULL;
END $$;

CREATE FUNCTION enrollment_guard_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.amount <> COALESCE((SELECT sum(amount) FROM enrollment_accountentry WHERE person_id = NEW.person_id), 0)
    THEN
        RAISE EXCEPTION 'a balance is the sum of its entries' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION enrollment_guard_window() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_to_change text[] := ARRAY['ends_on', 'end_rule', 'end_reason', 'voided', 'computed_by_id', 'computed_at'];
BEGIN
    IF OLD.voided AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a voided window stays as it is' USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(NEW) - open_to_change IS DISTINCT FROM to_jsonb(OLD) - open_to_change THEN
        RAISE EXCEPTION 'windows are voided and computed anew, never edited' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

DROP_LEDGERS = """
DROP FUNCTION enrollment_check_contribution_reversal();
DROP FUNCTION enrollment_post_account_entries();
DROP FUNCTION enrollment_guard_balance();
DROP FUNCTION enrollment_guard_window();
"""

TRIGGERS = [
    ("contribution_reversal", "BEFORE INSERT ON enrollment_contribution FOR EACH ROW WHEN"
     " (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION enrollment_check_contribution_reversal()",
     "enrollment_contribution"),
    ("account_post", "AFTER INSERT ON enrollment_accountentry REFERENCING NEW TABLE AS added FOR EACH STATEMENT"
     " EXECUTE FUNCTION enrollment_post_account_entries()", "enrollment_accountentry"),
    ("balance_guard", "BEFORE INSERT OR UPDATE ON enrollment_accountbalance FOR EACH ROW"
     " EXECUTE FUNCTION enrollment_guard_balance()", "enrollment_accountbalance"),
    ("window_guard", "BEFORE UPDATE ON enrollment_benefitwindow FOR EACH ROW"
     " EXECUTE FUNCTION enrollment_guard_window()", "enrollment_benefitwindow"),
    *((f"{name}_guard", f"BEFORE UPDATE ON enrollment_{name} FOR EACH ROW EXECUTE FUNCTION enrollment_guard_span()",
       f"enrollment_{name}") for name in SPANS),
    *((f"{name}_kept", f"BEFORE DELETE ON enrollment_{name} FOR EACH ROW EXECUTE FUNCTION enrollment_refuse_delete()",
       f"enrollment_{name}") for name in KEPT),
]


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0001_initial"), ("casework", "0002_guards")]

    operations = [
        migrations.RunSQL(REGISTER, DROP_REGISTER),
        migrations.RunSQL(LEDGERS, DROP_LEDGERS),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER enrollment_{name} {rest}", f"DROP TRIGGER enrollment_{name} ON {table}",
            )
            for name, rest, table in TRIGGERS
        ),
        *(migrations.RunSQL(guards.append_only_sql(table), guards.drop_append_only_sql(table)) for table in APPENDED),
        *(migrations.RunSQL(guards.no_delete_sql(table), guards.drop_no_delete_sql(table)) for table in FILES),
        migrations.RunSQL(
            guards.transition_guard_sql("CB", "enrollment_enrollmentcase"),
            guards.drop_transition_guard_sql("enrollment_enrollmentcase"),
        ),
    ]
