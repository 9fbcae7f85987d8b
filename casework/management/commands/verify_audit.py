from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework import services


class Command(BaseCommand):
    help = "Verify the audit trail: hashes, gaps, links, and the heads in the anchor file. Exits 1 on any fault."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchor", type=Path, help="anchor file; by default the one of the settings")

    def handle(self, *args: Any, **options: Any) -> None:
        faults = services.verify_audit(anchor=options["anchor"])
        for fault in faults:
            self.stderr.write(str(fault))
        if faults:
            raise CommandError(f"审计记录不完整，共{len(faults)}处。")
        self.stdout.write("审计记录完整。")
