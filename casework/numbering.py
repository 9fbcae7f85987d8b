"""Case and notice numbers: without gaps, since the counter's row is locked until the transaction ends."""

from datetime import date

from django.db import connection


def next_value(name: str) -> int:
    """The next number under `name`, from 1. One query; a rollback gives the number back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO casework_counter (name, value) VALUES (%s, 1)"
            " ON CONFLICT (name) DO UPDATE SET value = casework_counter.value + 1 RETURNING value",
            [name],
        )
        (value,) = cursor.fetchone()
    return int(value)


def next_case_no(matter: str, region_code: str, day: date) -> str:
    """Matter, region of six digits, year and month, and a number of six digits: `LX511902202603000123`."""
    head = f"{matter}{region_code[:6]}{day:%Y%m}"
    return f"{head}{next_value(f'case:{head}'):06d}"


def next_notice_no(region_code: str, day: date) -> str:
    """The office's number of the year: `511902〔2026〕000012号`."""
    head = f"{region_code[:6]}〔{day:%Y}〕"
    return f"{head}{next_value(f'notice:{head}'):06d}号"
