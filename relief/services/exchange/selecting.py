"""Whom a month's list names: one statement, so that no list is ever held in memory."""

from django.db import connection

from casework.models.jurisdiction import area_prefix
from relief.models import Push
from relief.services.exchange.terms import last_day

PATIENCE = "SET LOCAL statement_timeout = '10min'"

# A number that was merged into another is the same person (BZ-REL-9.1 names persons): what was spent, insured,
# recognised and reported under either counts for the one that was kept.
SELECT = """
WITH spent AS (
    SELECT coalesce(p.merged_into_id, p.id) AS person_id, sum(e.delta) AS amount
      FROM claims_ledgerentry e JOIN enrollment_person p ON p.id = e.person_id
     WHERE e.year = %(year)s AND e.name = %(accumulator)s AND e.posted_at < %(cut)s
     GROUP BY 1 HAVING sum(e.delta) > %(threshold)s
), told AS (
    SELECT coalesce(p.merged_into_id, p.id) AS person_id, max(r.amount) AS amount
      FROM relief_pushrow r JOIN relief_push u ON u.id = r.push_id JOIN enrollment_person p ON p.id = r.person_id
     WHERE u.state = 'approved' AND u.region_code = %(region)s
       AND u.month < %(month)s AND left(u.month, 4) = left(%(month)s, 4)
     GROUP BY 1
)
INSERT INTO relief_pushrow (push_id, number, person_id, id_type, id_no, name, birth_date, region_code, region_name,
                            amount, earlier, categories)
SELECT %(push)s, row_number() OVER (ORDER BY person.id_type COLLATE "C", person.id_no COLLATE "C", person.id),
       person.id, person.id_type, person.id_no, person.name, person.birth_date, person.region_code,
       coalesce(region.name, ''), spent.amount, told.amount,
       ARRAY(SELECT DISTINCT held.category COLLATE "C" FROM enrollment_hardshipidentity held
               JOIN enrollment_person owner ON owner.id = held.person_id
              WHERE coalesce(owner.merged_into_id, owner.id) = person.id AND NOT held.voided
                AND held.starts_on <= %(day)s AND (held.ends_on IS NULL OR held.ends_on > %(day)s) ORDER BY 1)
  FROM spent
  JOIN enrollment_person person ON person.id = spent.person_id
  LEFT JOIN enrollment_region region ON region.code = left(person.region_code, 6)
  LEFT JOIN told ON told.person_id = person.id
 WHERE person.region_code LIKE %(prefix)s AND (person.died_on IS NULL OR person.died_on > %(day)s)
   AND EXISTS (SELECT 1 FROM enrollment_insuranceperiod held JOIN enrollment_person owner ON owner.id = held.person_id
                WHERE coalesce(owner.merged_into_id, owner.id) = person.id AND NOT held.voided
                  AND held.scheme = %(scheme)s AND held.starts_on <= %(day)s
                  AND (held.ends_on IS NULL OR held.ends_on > %(day)s))
   AND (told.amount IS NULL OR spent.amount - told.amount >= %(growth)s)
"""


def select_rows(push: Push) -> None:
    """Write the rows of a push: who was insured in its scheme on the last day of the month and whose self-pay of the
    year, posted before the month ended, exceeds the threshold (BZ-REL-9.1, BZ-AMB-27).

    Each person once a year, and again when the amount has grown by what the bureau's rule says; NULL: never again.
    """
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(SELECT, {
            "push": push.pk, "year": push.year, "month": push.month, "accumulator": push.accumulator,
            "cut": push.cut_at, "threshold": push.threshold, "growth": push.repeat_growth, "scheme": push.scheme,
            "region": push.region_code, "day": last_day(push.month), "prefix": f"{area_prefix(push.region_code)}%",
        })
