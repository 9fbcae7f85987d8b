"""What the measurements of the register share: a scratch database, officers, and persons entered by COPY."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import accumulate

REGIONS = ("511902", "511903", "511921", "511922", "511923")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董程曹袁邓许傅沈曾彭吕苏"
"""From the commonest on; each is met as 1 to (its place + 3), so that the first has about seven in a hundred."""
GIVEN = (
    "伟芳娜敏静强磊军洋勇艳杰涛明超兰霞平刚桂英华玉秀文红建国志丽海金林云梅清春小晓东"
    "永德福成荣贵仁义礼智信忠孝廉洁安宁康乐长久天地山川江河湖泉石松柏竹菊莲荷雪雨风雷"
)
COPY = (
    "COPY enrollment_person (id_type, id_no, name, name_pinyin, pinyin_initials, sex, birth_date, phone, phone_tail,"
    " region_code, address, bank_name, bank_account, bank_account_name, registered_at) FROM STDIN"
)


def quiet_bell() -> None:
    """Bells ring into memory: the measurement runs each job itself."""
    from config.celery import app

    app.conf.update(task_always_eager=False, broker_url="memory://localhost")


@contextmanager
def scratch_database() -> Iterator[None]:
    """A migrated database beside the configured one, dropped at the end."""
    from django.db import connection

    configured = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_{configured}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.close()
        connection.creation.destroy_test_db(configured, verbosity=0)


def officers(at: datetime):
    """A clerk who uploads and a chief who confirms, both of the whole city."""
    from django.contrib.auth.models import Group

    from casework.models import Officer

    made = []
    for staff_no, role in (("BENCH1", "窗口经办"), ("BENCH2", "主管")):
        officer = Officer.objects.create_user(
            staff_no, password=None, name="测速员", staff_no=staff_no, region_code="511900", is_staff=True,
        )
        officer.groups.add(Group.objects.get(name=role))
        made.append(Officer.objects.get(pk=officer.pk))
    return made


def id_number(serial: int) -> str:
    """A citizen's number with a good check digit, another for each serial up to 16 million."""
    day, number = serial // 999, serial % 999 + 1
    stem = f"{REGIONS[serial % 5]}{1940 + day // 336 % 80}{day // 28 % 12 + 1:02d}{day % 28 + 1:02d}{number:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True))
    return stem + "10X98765432"[total % 11]


def persons_by_copy(count: int, *, name: str = "测速者") -> None:
    """Enter `count` synthetic persons. Without a name each gets one as in life."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        with cursor.copy(COPY) as copy:
            for serial in range(count):
                copy.write_row(_person(serial, name))
        cursor.execute("VACUUM ANALYZE enrollment_person")


def some_name(mixed: int) -> str:
    """A name of three characters; its surname as common as in life, its given name one of 6,000."""
    given = mixed % len(GIVEN), mixed // len(GIVEN) % len(GIVEN)
    point, place = mixed // len(GIVEN) ** 2 % 10_000 * SHARES[-1] // 10_000, 0
    while SHARES[place] <= point:
        place += 1
    return SURNAMES[place] + GIVEN[given[0]] + GIVEN[given[1]]


SHARES = list(accumulate(100_000 // (place + 3) for place in range(len(SURNAMES))))


@lru_cache(maxsize=500_000)
def _spelled(name: str) -> tuple[str, str]:
    from enrollment.services import names

    return names.pinyin(name), names.initials(name)


def _person(serial: int, name: str) -> tuple[str, ...]:
    number, mixed = id_number(serial), serial * 2_654_435_761 % 2**32
    name = name or some_name(mixed)
    spelled, initials = _spelled(name)
    phone = f"154{mixed % 10**8:08d}"
    return (
        "01", number, name, spelled, initials, "male" if int(number[16]) % 2 else "female",
        f"{number[6:10]}-{number[10:12]}-{number[12:14]}", phone, phone[-4:], REGIONS[serial % 5], "", "", "", "",
        "2025-01-01T00:00:00Z",
    )
