"""The database itself: only legal steps of an application and of a look back, and nothing of a decided one changes;
what was pushed stays as it was, to the byte; objections, rules, numbers and answers are kept."""

from django.db import migrations

from casework import guards

CASES = {"JZ": "relief_reliefapplication", "ZS": "relief_reconsideration"}
APPENDED = ["relief_pushrow", "relief_pushfile", "relief_deliveryattempt", "relief_acknowledgement"]
KEPT = ["relief_publicationobjection", "relief_publicationrule", "relief_push", "relief_pushdelivery",
        "relief_pushreply", "relief_returnlist", "relief_returnrow", "relief_receiver", "relief_exchangerule"]

DECIDED = """
CREATE TRIGGER relief_reconsideration_kept BEFORE UPDATE ON relief_reconsideration
    FOR EACH ROW WHEN (OLD.status IN ('applied', 'dismissed')) EXECUTE FUNCTION casework_refuse_change();
"""

SNAPSHOT = r"""
-- Rows are added while their push is being built, and never changed.
CREATE FUNCTION relief_push_rows_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added a JOIN relief_push p ON p.id = a.push_id WHERE p.state <> 'building') THEN
        RAISE EXCEPTION 'a push that is built takes no more rows'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'push_rows_closed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER relief_pushrow_closed AFTER INSERT ON relief_pushrow
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION relief_push_rows_closed();

-- What a push says of itself is what its rows say, and stays so once it is built.
CREATE FUNCTION relief_push_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'building' AND NEW.state = 'built' THEN
        IF (SELECT (count(*), coalesce(sum(amount), 0), count(*) FILTER (WHERE categories <> '{}'))
              FROM relief_pushrow WHERE push_id = NEW.id)
           IS DISTINCT FROM (NEW.rows::bigint, NEW.amount, NEW.known::bigint) THEN
            RAISE EXCEPTION 'the push does not say what its rows say'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'push_says_its_rows';
        END IF;
    ELSIF OLD.state <> 'building' AND
          (NEW.region_code, NEW.month, NEW.threshold, NEW.figure, NEW.rule, NEW.scheme, NEW.accumulator,
           NEW.release_id, NEW.cut_at, NEW.generator, NEW.rows, NEW.known, NEW.amount, NEW.rows_sha256, NEW.asked_by_id)
          IS DISTINCT FROM
          (OLD.region_code, OLD.month, OLD.threshold, OLD.figure, OLD.rule, OLD.scheme, OLD.accumulator,
           OLD.release_id, OLD.cut_at, OLD.generator, OLD.rows, OLD.known, OLD.amount, OLD.rows_sha256, OLD.asked_by_id)
    THEN
        RAISE EXCEPTION 'a push that is built does not change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'push_is_a_snapshot';
    END IF;
    IF (OLD.state, NEW.state) NOT IN (('building', 'building'), ('building', 'built'), ('building', 'withdrawn'),
        ('built', 'built'), ('built', 'approved'), ('built', 'withdrawn'), ('approved', 'approved'),
        ('withdrawn', 'withdrawn')) THEN
        RAISE EXCEPTION 'a push goes from building to built to approved'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'push_goes_forward';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER relief_push_snapshot BEFORE UPDATE ON relief_push
    FOR EACH ROW EXECUTE FUNCTION relief_push_snapshot();

CREATE FUNCTION relief_delivery_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.push_id, NEW.receiver_id, NEW.number, NEW.form, NEW.manifest, NEW.manifest_sha256, NEW.rows_sent)
       IS DISTINCT FROM
       (OLD.push_id, OLD.receiver_id, OLD.number, OLD.form, OLD.manifest, OLD.manifest_sha256, OLD.rows_sent)
       OR (OLD.state <> 'waiting' AND (NEW.state = 'waiting' OR NEW.receipt <> OLD.receipt
                                       OR NEW.sent_at <> OLD.sent_at)) THEN
        RAISE EXCEPTION 'what was sent does not change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'delivery_is_fixed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER relief_pushdelivery_fixed BEFORE UPDATE ON relief_pushdelivery
    FOR EACH ROW EXECUTE FUNCTION relief_delivery_fixed();

CREATE FUNCTION relief_reply_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.delivery_id, NEW.row_id, NEW.accepted, NEW.code, NEW.message, NEW.at)
       IS DISTINCT FROM (OLD.delivery_id, OLD.row_id, OLD.accepted, OLD.code, OLD.message, OLD.at)
       OR OLD.settled_by_id IS NOT NULL THEN
        RAISE EXCEPTION 'an answer does not change; it is settled once'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'push_reply_is_fixed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER relief_pushreply_fixed BEFORE UPDATE ON relief_pushreply
    FOR EACH ROW EXECUTE FUNCTION relief_reply_fixed();
"""

DROP_SNAPSHOT = r"""
DROP TRIGGER relief_pushreply_fixed ON relief_pushreply;
DROP FUNCTION relief_reply_fixed();
DROP TRIGGER relief_pushdelivery_fixed ON relief_pushdelivery;
DROP FUNCTION relief_delivery_fixed();
DROP TRIGGER relief_push_snapshot ON relief_push;
DROP FUNCTION relief_push_snapshot();
DROP TRIGGER relief_pushrow_closed ON relief_pushrow;
DROP FUNCTION relief_push_rows_closed();
"""

# Nightly and after every fault run this view must be empty.
VIOLATIONS = r"""
CREATE VIEW relief_exchange_violation AS
SELECT 'push_says_its_rows' AS name, p.id::text AS key FROM relief_push p
  LEFT JOIN LATERAL (SELECT count(*) AS n, coalesce(sum(amount), 0) AS total FROM relief_pushrow r
                      WHERE r.push_id = p.id) s ON true
 WHERE p.state IN ('built', 'approved') AND (p.rows, p.amount) IS DISTINCT FROM (s.n, s.total)
UNION ALL
SELECT 'delivery_numbers_gapless', receiver_id::text FROM relief_pushdelivery
 GROUP BY receiver_id HAVING min(number) <> 1 OR max(number) <> count(*)
UNION ALL
SELECT 'delivery_in_sequence', d.id::text FROM relief_pushdelivery d
 WHERE d.state <> 'waiting' AND EXISTS (SELECT 1 FROM relief_pushdelivery e WHERE e.receiver_id = d.receiver_id
       AND e.number < d.number AND (e.state = 'waiting' OR e.sent_at > d.sent_at))
UNION ALL
SELECT 'delivery_rows_answered', d.id::text FROM relief_pushdelivery d
  LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE accepted) AS yes, count(*) FILTER (WHERE NOT accepted) AS no
                       FROM relief_pushreply r WHERE r.delivery_id = d.id) s ON true
 WHERE (d.rows_accepted, d.rows_failed) IS DISTINCT FROM (s.yes, s.no)
UNION ALL
SELECT 'return_rows_counted', l.id::text FROM relief_returnlist l
  LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'applied') AS applied,
                            count(*) FILTER (WHERE state = 'matching') AS matching
                       FROM relief_returnrow r WHERE r.return_list_id = l.id) s ON true
 WHERE l.state IN ('released', 'applied') AND (l.rows_applied, l.rows_matching) IS DISTINCT FROM (s.applied, s.matching)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("relief", "0001_initial"),
        ("casework", "0002_guards"),
    ]

    operations = [
        *(
            migrations.RunSQL(guards.transition_guard_sql(matter, name), guards.drop_transition_guard_sql(name))
            for matter, name in CASES.items()
        ),
        migrations.RunSQL(DECIDED, "DROP TRIGGER relief_reconsideration_kept ON relief_reconsideration;"),
        *(migrations.RunSQL(guards.append_only_sql(name), guards.drop_append_only_sql(name)) for name in APPENDED),
        *(migrations.RunSQL(guards.no_delete_sql(name), guards.drop_no_delete_sql(name)) for name in KEPT),
        migrations.RunSQL(SNAPSHOT, DROP_SNAPSHOT),
        migrations.RunSQL(VIOLATIONS, "DROP VIEW relief_exchange_violation"),
    ]
