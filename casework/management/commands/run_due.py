from typing import Any

from django.core.management.base import BaseCommand

from casework import services


class Command(BaseCommand):
    help = "Do all jobs and deliver all messages that are due, here and now, without Celery."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"已办理{services.run_due()}项。")
