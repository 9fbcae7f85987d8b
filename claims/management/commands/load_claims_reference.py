"""`manage.py load_claims_reference`: reasons, materials, deadlines, refusal grounds."""

from django.core.management.base import BaseCommand

from claims import services


class Command(BaseCommand):
    help = "载入手工报销的原因、材料、期限和不予支付情形"

    def handle(self, *args, **options) -> None:
        self.stdout.write(f"新增 {services.load_reference()} 行")
