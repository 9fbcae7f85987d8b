"""What the database does by itself: audit chains, working days, and refusing illegal steps and the same officer twice."""

from django.db import migrations

from casework import guards

FUNCTIONS = r"""
CREATE FUNCTION casework_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: this table keeps what was written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION casework_chain(key text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT get_byte(sha256(convert_to(key, 'UTF8')), 0) % 16
$$;

-- The lock is held to the end of the transaction: the chain has no gap, since a rollback gives its number back.
CREATE FUNCTION casework_lock_chain(chain int) RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(x'0a0d17'::int, chain)
$$;

CREATE FUNCTION casework_audit_hash(entry casework_auditentry, before text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        before, entry.chain, entry.seq, entry.case_no, entry.subject, entry.matter, entry.region_code,
        entry.action, entry.label, entry.status_before, entry.status_after, entry.officer_id, entry.officer_name,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), entry.note, entry.detail,
        to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION casework_audit_append() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_seq bigint;
    last_hash text;
BEGIN
    NEW.chain := casework_chain(coalesce(nullif(NEW.case_no, ''), NEW.subject));
    PERFORM casework_lock_chain(NEW.chain::int);
    SELECT seq, hash INTO last_seq, last_hash
        FROM casework_auditentry WHERE chain = NEW.chain ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(last_seq, 0) + 1;
    NEW.prev_hash := coalesce(last_hash, '');
    NEW.recorded_at := clock_timestamp();
    NEW.hash := casework_audit_hash(NEW, NEW.prev_hash);
    RETURN NEW;
END $$;

CREATE FUNCTION casework_refuse_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    earlier text[];
    earlier_step text;
    earlier_officer bigint;
BEGIN
    SELECT not_after INTO earlier FROM casework_transition
        WHERE matter = NEW.matter AND step = NEW.action AND source = NEW.status_before AND target = NEW.status_after;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'matter % has no step % from "%" to "%"',
            NEW.matter, NEW.action, NEW.status_before, NEW.status_after USING ERRCODE = 'check_violation';
    END IF;
    FOREACH earlier_step IN ARRAY earlier LOOP
        SELECT officer_id INTO earlier_officer FROM casework_auditentry
            WHERE case_no = NEW.case_no AND action = earlier_step AND matter = NEW.matter ORDER BY id DESC LIMIT 1;
        IF earlier_officer = NEW.officer_id THEN
            RAISE EXCEPTION 'step % of % was taken by the same officer as %', NEW.action, NEW.case_no, earlier_step
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

CREATE FUNCTION casework_refuse_jump() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    status_before text := '';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        status_before := OLD.status;
        IF NEW.status = OLD.status THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM casework_transition
                   WHERE matter = TG_ARGV[0] AND source = status_before AND target = NEW.status) THEN
        RAISE EXCEPTION 'no step of % leads from "%" to "%"', TG_ARGV[0], status_before, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

CALENDAR = """
-- 40 days hold the longest holidays; three calendar days a working day hold any week the bureau may keep.
CREATE FUNCTION casework_add_working_days(start date, n int) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN n = 0 THEN start ELSE (
        SELECT d::date FROM generate_series(start + 1, start + 40 + 3 * n, interval '1 day') AS d
        LEFT JOIN casework_workday w ON w.day = d::date
        WHERE coalesce(w.is_workday, extract(isodow FROM d) < 6) ORDER BY d OFFSET n - 1 LIMIT 1) END
$$;

CREATE FUNCTION casework_working_days(a date, b date) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT count(*)::int FROM generate_series(a + 1, b, interval '1 day') AS d
    LEFT JOIN casework_workday w ON w.day = d::date WHERE coalesce(w.is_workday, extract(isodow FROM d) < 6)
$$;
"""

DROP_CALENDAR = """
DROP FUNCTION casework_working_days(date, date);
DROP FUNCTION casework_add_working_days(date, int);
"""

DROP_FUNCTIONS = """
DROP FUNCTION casework_refuse_jump();
DROP FUNCTION casework_refuse_step();
DROP FUNCTION casework_audit_append();
DROP FUNCTION casework_audit_hash(casework_auditentry, text);
DROP FUNCTION casework_lock_chain(int);
DROP FUNCTION casework_chain(text);
DROP FUNCTION casework_refuse_change();
"""

# Triggers of one moment fire in the order of their names: the step is judged before the entry is chained.
AUDIT_TRIGGERS = """
CREATE TRIGGER casework_auditentry_a_step BEFORE INSERT ON casework_auditentry FOR EACH ROW
    WHEN (NEW.matter <> '') EXECUTE FUNCTION casework_refuse_step();
CREATE TRIGGER casework_auditentry_b_chain BEFORE INSERT ON casework_auditentry FOR EACH ROW
    EXECUTE FUNCTION casework_audit_append();
"""

DROP_AUDIT_TRIGGERS = """
DROP TRIGGER casework_auditentry_a_step ON casework_auditentry;
DROP TRIGGER casework_auditentry_b_chain ON casework_auditentry;
"""

AUDIT_BAD = """
CREATE VIEW audit_bad AS
SELECT id, chain, seq, case_no,
       CASE WHEN hash <> casework_audit_hash(entry, prev_hash) THEN 'content'
            WHEN chain <> casework_chain(coalesce(nullif(case_no, ''), subject)) THEN 'chain'
            WHEN seq <> seq_before + 1 THEN 'gap'
            ELSE 'link' END AS fault
FROM (SELECT e AS entry, e.*,
             coalesce(lag(e.seq) OVER chained, 0) AS seq_before,
             coalesce(lag(e.hash) OVER chained, '') AS hash_before
      FROM casework_auditentry e WINDOW chained AS (PARTITION BY e.chain ORDER BY e.seq)) AS entries
WHERE hash <> casework_audit_hash(entry, prev_hash)
   OR chain <> casework_chain(coalesce(nullif(case_no, ''), subject))
   OR seq <> seq_before + 1
   OR prev_hash <> hash_before;
"""

GUARDED = {
    "casework_auditentry": (guards.append_only_sql, guards.drop_append_only_sql),
    "casework_notice": (guards.append_only_sql, guards.drop_append_only_sql),
    "casework_packrelease": (guards.append_only_sql, guards.drop_append_only_sql),
    "casework_delivery": (guards.append_only_sql, guards.drop_append_only_sql),
    "casework_document": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "casework_task": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "casework_outboxmessage": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "casework_job": (guards.no_delete_sql, guards.drop_no_delete_sql),
}


class Migration(migrations.Migration):
    dependencies = [("casework", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(CALENDAR, DROP_CALENDAR),
        migrations.RunSQL(AUDIT_TRIGGERS, DROP_AUDIT_TRIGGERS),
        migrations.RunSQL(AUDIT_BAD, "DROP VIEW audit_bad;"),
        *(migrations.RunSQL(attach(table), detach(table)) for table, (attach, detach) in GUARDED.items()),
    ]
