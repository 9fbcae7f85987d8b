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

-- Held to the end of the commit, so the chain has no gap.
CREATE FUNCTION casework_lock_chain(chain int) RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(x'0a0d17'::int, chain)
$$;

CREATE FUNCTION casework_audit_hash(entry casework_auditentry, seq bigint, before text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        before, entry.chain, seq, entry.case_no, entry.subject, entry.matter, entry.region_code,
        entry.action, entry.label, entry.status_before, entry.status_after, entry.officer_id, entry.officer_name,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), entry.note, entry.detail,
        to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))::text, 'UTF8')), 'hex')
$$;

-- The chains of the transaction are noted, so that the commit can lock them all at once and in one order.
CREATE FUNCTION casework_audit_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noted text := coalesce(nullif(current_setting('casework.audit_chains', true), ''), ',');
BEGIN
    NEW.chain := casework_chain(coalesce(nullif(NEW.case_no, ''), NEW.subject));
    NEW.recorded_at := clock_timestamp();
    IF position(',' || NEW.chain || ',' IN noted) = 0 THEN
        PERFORM set_config('casework.audit_chains', noted || NEW.chain || ',', true);
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION casework_audit_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noted text := trim(BOTH ',' FROM coalesce(current_setting('casework.audit_chains', true), ''));
    last_seq bigint;
    last_hash text;
BEGIN
    IF noted <> '' THEN
        PERFORM casework_lock_chain(chain)
            FROM (SELECT unnest(string_to_array(noted, ','))::int AS chain ORDER BY 1) AS chains;
        PERFORM set_config('casework.audit_chains', '', true);
    END IF;
    PERFORM casework_lock_chain(NEW.chain::int);
    SELECT seq, hash INTO last_seq, last_hash
        FROM casework_auditlink WHERE chain = NEW.chain ORDER BY seq DESC LIMIT 1;
    last_seq := coalesce(last_seq, 0);
    last_hash := coalesce(last_hash, '');
    INSERT INTO casework_auditlink (entry_id, chain, seq, prev_hash, hash)
        VALUES (NEW.id, NEW.chain, last_seq + 1, last_hash, casework_audit_hash(NEW, last_seq + 1, last_hash));
    RETURN NULL;
END $$;

CREATE FUNCTION casework_refuse_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'the audit chain is written by the database alone'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
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
DROP FUNCTION casework_refuse_link();
DROP FUNCTION casework_audit_link();
DROP FUNCTION casework_audit_place();
DROP FUNCTION casework_audit_hash(casework_auditentry, bigint, text);
DROP FUNCTION casework_lock_chain(int);
DROP FUNCTION casework_chain(text);
DROP FUNCTION casework_refuse_change();
"""

# Triggers of one moment fire in the order of their names: the step is judged before the entry gets its place.
AUDIT_TRIGGERS = """
CREATE TRIGGER casework_auditentry_a_step BEFORE INSERT ON casework_auditentry FOR EACH ROW
    WHEN (NEW.matter <> '') EXECUTE FUNCTION casework_refuse_step();
CREATE TRIGGER casework_auditentry_b_place BEFORE INSERT ON casework_auditentry FOR EACH ROW
    EXECUTE FUNCTION casework_audit_place();
CREATE CONSTRAINT TRIGGER casework_auditentry_c_link AFTER INSERT ON casework_auditentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION casework_audit_link();
CREATE TRIGGER casework_auditlink_database_only BEFORE INSERT ON casework_auditlink FOR EACH ROW
    EXECUTE FUNCTION casework_refuse_link();
"""

DROP_AUDIT_TRIGGERS = """
DROP TRIGGER casework_auditentry_a_step ON casework_auditentry;
DROP TRIGGER casework_auditentry_b_place ON casework_auditentry;
DROP TRIGGER casework_auditentry_c_link ON casework_auditentry;
DROP TRIGGER casework_auditlink_database_only ON casework_auditlink;
"""

AUDIT_BAD = """
CREATE VIEW audit_bad AS
SELECT * FROM (
    SELECT e.id AS entry_id, coalesce(l.chain, e.chain) AS chain, l.seq, e.case_no,
           CASE WHEN l.entry_id IS NULL THEN 'unlinked'
                WHEN e.id IS NULL THEN 'missing'
                WHEN l.hash <> casework_audit_hash(e, l.seq, l.prev_hash) THEN 'content'
                WHEN l.chain <> e.chain OR l.chain <> casework_chain(coalesce(nullif(e.case_no, ''), e.subject))
                    THEN 'chain'
                WHEN l.seq <> l.seq_before + 1 THEN 'gap'
                WHEN l.prev_hash <> l.hash_before THEN 'link'
           END AS fault
    FROM casework_auditentry e
    FULL JOIN (SELECT *, coalesce(lag(seq) OVER chained, 0) AS seq_before,
                      coalesce(lag(hash) OVER chained, '') AS hash_before
               FROM casework_auditlink WINDOW chained AS (PARTITION BY chain ORDER BY seq)) AS l
        ON l.entry_id = e.id) AS judged
WHERE fault IS NOT NULL;
"""

GUARDED = {
    "casework_auditentry": (guards.append_only_sql, guards.drop_append_only_sql),
    "casework_auditlink": (guards.append_only_sql, guards.drop_append_only_sql),
    "casework_notice": (guards.append_only_sql, guards.drop_append_only_sql),
    "casework_packrelease": (guards.append_only_sql, guards.drop_append_only_sql),
    "casework_delivery": (guards.append_only_sql, guards.drop_append_only_sql),
    "casework_document": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "casework_task": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "casework_outboxmessage": (guards.no_delete_sql, guards.drop_no_delete_sql),
    "casework_job": (guards.no_delete_sql, guards.drop_no_delete_sql),
}


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0001_initial"),
        # The framework's own tables first: its many small steps are dear once hundreds of models hang on Officer.
        ("oauth2_provider", "0022_refreshtoken_token_family_index"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(CALENDAR, DROP_CALENDAR),
        migrations.RunSQL(AUDIT_TRIGGERS, DROP_AUDIT_TRIGGERS),
        migrations.RunSQL(AUDIT_BAD, "DROP VIEW audit_bad;"),
        *(migrations.RunSQL(attach(table), detach(table)) for table, (attach, detach) in GUARDED.items()),
    ]
