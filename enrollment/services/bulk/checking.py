"""Checks in sets: what a row can't know of itself is asked of all rows at once, in one transaction."""
from django.db import connection, transaction

from casework.models.jurisdiction import area_prefix
from enrollment.models import BulkBatch
from enrollment.services.bulk.kinds import FileKind

STAGED = """
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    SELECT line.row_no, line.key, line.digest, line.id_no, line.name, line.facts,
        left(line.id_no, 6) || repeat('*', greatest(length(line.id_no) - 10, 0)) || right(line.id_no, 4) AS shown_id,
        left(line.name, 1) || repeat('*', length(line.name) - 1) AS shown_name,
        person.id AS person_id, coalesce(person.region_code LIKE %(prefix)s, false) AS within,
        person.name AS person_name,
        person.region_code AS person_region, person.sex AS person_sex, person.birth_date AS person_birth,
        person.died_on AS person_died, person.phone AS person_phone, person.address AS person_address,
        {recorded} AS recorded, {same} AS same,
        first_value(line.row_no) OVER alike AS first_row, row_number() OVER alike AS nth,
        min(line.digest) OVER same_key <> max(line.digest) OVER same_key AS contradicts
    FROM enrollment_stagedrow line
    LEFT JOIN enrollment_person found ON found.id_type = line.id_type AND found.id_no = line.id_no
    LEFT JOIN enrollment_person person ON person.id = coalesce(found.merged_into_id, found.id)
    {joins}
    WHERE line.batch_id = %(batch)s AND line.state = 'read'
    WINDOW alike AS (PARTITION BY line.key ORDER BY line.row_no), same_key AS (PARTITION BY line.key)
"""
TWICE = (
    """
    SELECT row_no, 'DUP_CONFLICT', '', '',
        '与本文件中的另一行（首见第' || first_row || '行）是同一事项，但内容不一致，请核对后保留一行。'
    FROM staged WHERE contradicts
    """,
)
REPEATED = """
    SELECT row_no, 'DUP_IGNORED', '', '', '与第' || first_row || '行完全相同，只计一次。'
    FROM staged WHERE NOT contradicts AND nth > 1
"""
PERSON = (
    """
    SELECT row_no, 'PERSON_NOT_FOUND', '证件号码', shown_id,
        '该证件号码在本经办区划内没有参保登记，请先登记或核对号码。'
    FROM staged WHERE NOT within
    """,
    """
    SELECT row_no, 'NAME_MISMATCH', '姓名', shown_name, '姓名与登记的不一致，请核对；确已更名的请先办理信息变更。'
    FROM staged WHERE within AND name <> person_name
    """,
)
TELL = """
    INSERT INTO enrollment_rowfault (batch_id, row_no, code, "column", shown, message)
    SELECT %s, told.* FROM ({}) told
"""
SETTLE = """
    UPDATE enrollment_stagedrow line SET person_id = told.person_id, state = told.outcome
    FROM (
        SELECT row_no, person_id, CASE
            WHEN wrong.wrong_row IS NOT NULL THEN 'rejected'
            WHEN nth > 1 OR ({unchanged}) THEN 'unchanged'
            ELSE 'accepted' END AS outcome
        FROM staged LEFT JOIN (
            SELECT DISTINCT row_no AS wrong_row FROM enrollment_rowfault WHERE batch_id = %s AND code <> 'DUP_IGNORED'
        ) wrong ON wrong.wrong_row = staged.row_no
    ) told
    WHERE line.batch_id = %s AND line.row_no = told.row_no
"""
PATIENCE = "SET LOCAL statement_timeout = '10min'"


@transaction.atomic
def check(batch: BulkBatch, kind: FileKind) -> None:
    """Find what is wrong among the staged rows and settle what is to become of each; the batch is locked."""
    prefix = f"{area_prefix(batch.region_code)}%"
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        recorded = "known.id IS NOT NULL" if kind.joins else "false"
        # An instance of this database only; the parts in braces are constants of the kinds.
        staged = STAGED.format(recorded=recorded, same=kind.same, joins=kind.joins)
        cursor.execute(staged, {"prefix": prefix, "batch": batch.pk})
        cursor.execute("ANALYZE staged")
        checks = (*TWICE, *(PERSON if kind.needs_person else ()), *kind.faults_sql, REPEATED)
        for select in checks:
            cursor.execute(TELL.format(select.replace("%", "%%")), [batch.pk])
        cursor.execute(SETTLE.format(unchanged=kind.unchanged_sql), [batch.pk, batch.pk])
        cursor.execute(
            "SELECT state, count(*) FROM enrollment_stagedrow WHERE batch_id = %s GROUP BY state", [batch.pk],
        )
        counts = dict(cursor.fetchall())
        cursor.execute("DROP TABLE staged")
    batch.rows_unchanged = counts.get("unchanged", 0)
    batch.rows_rejected += counts.get("rejected", 0)
    batch.rows_pending = counts.get("accepted", 0)
