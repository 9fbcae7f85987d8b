from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.errors import Refused
from relief.models import Receiver
from relief.services.exchange.signing import HmacSigner


class Command(BaseCommand):
    help = "Print the key of one authority, to be handed to it alone; another version is set on its screen."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("receiver", help="region and authority, e.g. 511900.civil_affairs")

    def handle(self, *args: Any, receiver: str, **options: Any) -> None:
        region_code, _, code = receiver.partition(".")
        found = Receiver.objects.filter(region_code=region_code, code=code).first()
        if found is None:
            known = ", ".join(one.address_name for one in Receiver.objects.all())
            raise CommandError(f"no authority {receiver}; known: {known}")
        try:
            key = HmacSigner(found).key
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"# {found.name}, HMAC-SHA256\nEXCHANGE_KEY_NAME={found.address_name}:{found.key_version}")
        self.stdout.write(f"EXCHANGE_SIGNING_KEY={key}")
