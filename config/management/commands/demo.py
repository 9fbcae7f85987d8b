"""Prepare the demo's data and tell its story; `make demo` starts the servers around it."""
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from django.core.management import BaseCommand, call_command

from casework import services as casework
from config.demo import births, cases, city, diseases, exchange, hardship, hospitals, officers, outpatients, story
from policy.pack import pack_for, pools


class Command(BaseCommand):
    help = "Migrate, load the official calendar, build the synthetic city, and run the main job once. Safe to repeat."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--persons", type=int, default=city.PERSONS, help="size of the synthetic city")

    def handle(self, *, persons: int, **options) -> None:
        with self._step("database schema, roles, code lists"):
            call_command("migrate", verbosity=0, interactive=False)
        with self._step("rule packs") as note:
            packs = [pack_for(pool) for pool in pools()]
            note(", ".join(f"{pack.pool} {pack.ref.version}" for pack in packs))
        with self._step("working days") as note:
            days, last_year = casework.load_workdays()
            note(f"{days} days, known to the end of {last_year}")
        with self._step("synthetic city") as note:
            built = city.build(persons)
            note(f"{len(built.officers)} officers, {len(built.institutions)} institutions, "
                 f"{built.persons_added} persons added")
        with self._step("cases") as note:
            note(f"{cases.open_all(built)} added")
        with self._step("certifications") as note:
            lead = built.officers["city.lead"]
            houses = hospitals.open_all(built.institutions, lead, city.morning(hospitals.QUALIFIED_FROM))
            note(f"{diseases.open_all(built, houses)} added, {outpatients.open_all(built)} claims of chronic patients")
        with self._step("births") as note:
            note(f"{births.open_all(built)} added")
        with self._step("relief") as note:
            note(f"{hardship.open_all(built)} applications added")
        with self._step("exchange with the authorities") as note:
            note(exchange.open_all(built))
        with self._step("recompute") as note:
            note(hardship.recompute_year(built))
        self.stdout.write("")
        story.run(self.stdout)
        self._list_accounts()
        self.stdout.write("\nhospitals' interface (docs/hospital-interface.md), a key of 巴中市中心医院:")
        call_command("hospital_key", built.institutions["巴中市中心医院"].code, stdout=self.stdout)

    @contextmanager
    def _step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Say what was done, with what came of it and how long it took."""
        notes: list[str] = []
        start = monotonic()
        yield notes.append
        told = f": {notes[0]}" if notes else ""
        self.stdout.write(f"{name}{told}  ({monotonic() - start:.1f} s)")

    def _list_accounts(self) -> None:
        offices = ", ".join(f"{key} {name}" for key, (_, name) in officers.OFFICES.items())
        desks = ", ".join(f"{desk} {roles[0]}" for desk, roles in officers.DESKS.items())
        city = ", ".join(f"city.{desk} {roles[0]}" for desk, roles in officers.CITY_DESKS.items())
        houses = ", ".join(f"{key}.hospital.clerk, .seal {name}" for key, name in hospitals.HOUSES.items())
        self.stdout.write(f"\naccounts: office.desk, for example bazhou.window; password of all: {officers.PASSWORD}\n"
                          f"  offices: {offices}\n  desks: {desks}; besides {city}\n"
                          f"  hospitals: {houses}\n")
