"""The database itself: a closed year takes no ledger entry, and a closing is kept as it was written."""

from django.db import migrations

from casework import guards

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
CREATE TRIGGER claims_yearclosing_frozen BEFORE UPDATE ON claims_yearclosing
    FOR EACH ROW EXECUTE FUNCTION claims_keep_row('reopened_by_id', 'reopened_at', 'reason');
CREATE TRIGGER claims_yearclosing_once BEFORE UPDATE ON claims_yearclosing
    FOR EACH ROW WHEN (OLD.reopened_at IS NOT NULL) EXECUTE FUNCTION casework_refuse_change();
"""

DROP = r"""
DROP TRIGGER claims_yearclosing_once ON claims_yearclosing;
DROP TRIGGER claims_yearclosing_frozen ON claims_yearclosing;
DROP TRIGGER claims_ledgerentry_year ON claims_ledgerentry;
DROP FUNCTION claims_refuse_closed_year();
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0022_year_closing"), ("casework", "0002_guards")]

    operations = [
        migrations.RunSQL(CLOSED, DROP),
        migrations.RunSQL(
            guards.no_delete_sql("claims_yearclosing"), guards.drop_no_delete_sql("claims_yearclosing")
        ),
    ]
