"""Let a hospital's system in: open, change, end its key; say where it is told of changes."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.api.signing import SCHEMES
from casework.clock import now
from casework.errors import Refused
from chronic.models import ApiClient
from chronic.services import interface_keys as keys
from chronic.services import interface_webhooks as webhooks


class Command(BaseCommand):
    help = "A key for an institution's system, printed once. Given again, a new key; the old one ends after --overlap."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("institution", help="institution code, e.g. H51190200001")
        parser.add_argument("--scheme", choices=sorted(SCHEMES), help="how messages of the envelope are signed")
        parser.add_argument("--network", action="append", metavar="CIDR", help="may call from here only (repeatable)")
        parser.add_argument("--overlap", type=int, metavar="HOURS", help="how long earlier keys still work")
        parser.add_argument("--webhook", metavar="URL", help="where the system is told of changes")
        parser.add_argument("--end", metavar="KEY", help="end this key at once, and do nothing else")

    def handle(self, *, institution: str, end: str | None, webhook: str | None, **options: Any) -> None:
        try:
            if end:
                keys.end_key(name=end, by=None, at=now())
                self.stdout.write(f"ended: {end}")
                return
            client = self._client(institution, options["scheme"], options["network"])
            if webhook:
                _, secret = webhooks.set_webhook(client_id=client.pk, url=webhook, by=None, at=now())
                self.stdout.write(f"WEBHOOK_SECRET={secret}")
                return
            self._print(client, options["overlap"])
        except Refused as refusal:
            raise CommandError(f"{refusal.code}: {refusal.message}") from None

    def _client(self, institution: str, scheme: str | None, networks: list[str] | None) -> ApiClient:
        """The institution's client; what is not given stays as it was."""
        known = ApiClient.objects.filter(institution__code=institution).first()
        return keys.open_client(
            institution_code=institution, by=None, at=now(),
            scheme=scheme or (known.scheme if known else ApiClient.Scheme.TIF),
            networks=tuple(networks or (known.networks if known else ())),
        )

    def _print(self, client: ApiClient, overlap: int | None) -> None:
        issued = keys.issue_key(
            client_id=client.pk, by=None, at=now(), overlap=None if overlap is None else timedelta(hours=overlap)
        )
        self.stdout.write(
            f"# {client.institution.name}, {client.get_scheme_display()}; told this once\n"
            f"CLIENT_ID={issued.key.name}\nCLIENT_SECRET={issued.secret}\nSIGNING_KEY={issued.signing_key}"
        )
