from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from casework import clock, services


class Command(BaseCommand):
    help = "Append the heads of the audit chains to the anchor file, which belongs on another disk or host."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchor", type=Path, help="anchor file; by default the one of the settings")

    def handle(self, *args: Any, **options: Any) -> None:
        path = services.anchor_audit(at=clock.now(), anchor=options["anchor"])
        self.stdout.write(f"已锚定：{path}")
