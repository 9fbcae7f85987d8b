from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.workflow import WORKFLOWS


class Command(BaseCommand):
    help = "Print a workflow as a Mermaid state diagram, generated from its table."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("matter", nargs="?", help="the matter's code; all of them by default")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["matter"]
        if wanted and wanted not in WORKFLOWS:
            raise CommandError(f"no such matter; known: {', '.join(sorted(WORKFLOWS))}")
        for matter, workflow in sorted(WORKFLOWS.items()):
            if wanted in {None, matter}:
                self.stdout.write(workflow.diagram())
