"""Whole service: settle and record claims of six lines, in one process, on the configured database server.

A scratch database is made beside the configured one and dropped at the end, so nothing is left behind. Measured is
`claims.services.settle` alone: locking, facts, engine with explanation, ledger, audit, task, commit.

    python -m bench.service [CLAIMS]
"""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

AT = datetime(2025, 11, 3, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
LINES = (("A", "3000.00", None), ("A", "1800.00", None), ("B", "1200.00", "0.10"), ("item", "900.00", "0"),
         ("high_value", "600.00", None), ("C", "500.00", None))
TOTAL = sum(Decimal(amount) for _, amount, _ in LINES)
REGION, YEAR_START = "511902", date(2024, 1, 1)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def run(claims: int = 300, *, warm_up: int = 20) -> dict[str, object]:
    """Settle `claims` claims of six lines, each of another person; returns settlements a second and query counts."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    with _scratch_database():
        officer, ids = _prepare(claims + warm_up)
        from claims import services

        for claim_id in ids[:warm_up]:
            services.settle(claim_id=claim_id, by=officer, at=AT)
        queries = _count_queries(lambda: services.settle(claim_id=ids[warm_up], by=officer, at=AT))
        times = []
        start = time.perf_counter()
        for claim_id in ids[warm_up + 1:]:
            before = time.perf_counter()
            services.settle(claim_id=claim_id, by=officer, at=AT)
            times.append(time.perf_counter() - before)
        spent = time.perf_counter() - start
        assert services.broken_invariants() == []
    return {
        "claims": len(times),
        "lines_per_claim": len(LINES),
        "settlements_per_second": int(len(times) / spent),
        "p50_ms": f"{statistics.median(times) * 1000:.1f}",
        "p95_ms": f"{statistics.quantiles(times, n=20)[-1] * 1000:.1f}",
        "queries_per_settlement": queries,
    }


@contextmanager
def _scratch_database() -> Iterator[None]:
    from django.db import connection

    configured = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_{configured}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(configured, verbosity=0)


def _count_queries(act) -> int:
    from django.db import connection

    counted = 0

    def count(execute, sql, params, many, context):
        nonlocal counted
        counted += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        act()
    return counted


def _prepare(count: int):
    """An officer, a hospital, and `count` entered claims, all through the services."""
    from django.contrib.auth.models import Group
    from django.db import transaction

    from casework.models import Officer
    from enrollment import services as enrollment

    officer = Officer.objects.create_user(
        "bench", password=None, name="测速员", staff_no="BENCH", region_code="511900", is_staff=True
    )
    officer.groups.set(Group.objects.filter(name__in=["窗口经办", "主管"]))
    with transaction.atomic():
        hospital = enrollment.register_institution(
            code="H51190299999", name="测速医院", region_code=REGION, hospital_level="02", starts_on=date(2020, 1, 1),
            by=officer, at=AT,
        )
        entered = [_entered(number, hospital, officer) for number in range(count)]
    return Officer.objects.get(pk=officer.pk), entered


def _entered(number: int, hospital, officer) -> int:
    from claims import services
    from claims.services import Line, Stay
    from enrollment import services as enrollment

    person = enrollment.register_person(
        id_no=_id_number(number), name="测速者", region_code=REGION, by=officer, at=AT
    )
    enrollment.open_insurance(
        person_id=person.pk, scheme="resident", person_type="1501", starts_on=YEAR_START, by=officer, at=AT
    )
    lines = [
        Line(line_class=kind, amount=amount, name=f"项目{place}", rate=rate)
        for place, (kind, amount, rate) in enumerate(LINES, 1)
    ]
    stay = Stay(
        institution_id=hospital.pk, admitted_on="2025-03-02", discharged_on="2025-03-12", invoice_no=f"{number:010d}",
        total=TOTAL, lines=lines,
    )
    claim = services.register(person_id=person.pk, reason="03", stays=[stay], by=officer, at=AT)
    services.enter_details(claim_id=claim.pk, stays=[stay], by=officer, at=AT)
    return claim.pk


def _id_number(number: int) -> str:
    stem = f"{REGION}19{50 + number // 1000 % 50}0101{number % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True))
    return stem + "10X98765432"[total % 11]


def main(claims: int = 300) -> None:
    """Print what `run` measured."""
    found = run(claims)
    print("whole service, settle and record, one process")
    for name, value in found.items():
        print(f"  {name:24} {value}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
