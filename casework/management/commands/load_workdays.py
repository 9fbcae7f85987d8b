from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from casework import services


class Command(BaseCommand):
    help = "Load the official calendar of working days as far as it is published; days edited by officers stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from-year", type=int, default=2024)

    def handle(self, *args: Any, **options: Any) -> None:
        kept, last_year = services.load_workdays(first_year=options["from_year"])
        self.stdout.write(f"已载入{kept}天，至{last_year}年底。之后各年按周一至周五暂定，待公布后再载入。")
