"""Keys of the hospitals' systems: opened, changed with an overlap, ended; signatures used once; sign-ins.

A key that has ended, an institution whose agreement has, or an account that was closed stops the next request: all of
it is asked anew for each.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import Application

from casework import audit
from casework import services as casework
from casework.api.signing import SCHEMES, SKEW, derived_secret
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from chronic.models import ApiClient, ApiKey, Nonce, SignIn
from enrollment.models import Institution
from enrollment.services.packs import pack_of

KEEP = "chronic.keep_apiclient"
ROLE = "医院接口"
FORGOTTEN = 50
NOTED = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A new key with its secrets, which are told this once."""

    key: ApiKey
    secret: str
    signing_key: str


@transaction.atomic
def open_client(
    *, institution_code: str, by: Officer | None, at: datetime, scheme: str = ApiClient.Scheme.TIF,
    networks: tuple[str, ...] = (),
) -> ApiClient:
    """Let an institution's system in, or change how it signs and from where it may call; `by=None` is the
    installation. It acts as an account of its own for the whole pool, which nobody can log in with."""
    house = Institution.objects.filter(code=institution_code).first()
    if house is None:
        raise Refused("not_found", "未找到该医疗机构，请核对机构编号。")
    _authorise(by, house)
    if scheme not in SCHEMES:
        raise Refused("SCHEME_UNKNOWN", f"签名方式应为{'、'.join(SCHEMES)}之一。")
    _check_networks(networks)
    client = ApiClient.objects.select_for_update().filter(institution=house).first()
    if client is None:
        client = ApiClient(institution=house, officer=_account(house, at), opened_at=at)
    client.scheme, client.networks, client.active = scheme, list(networks), True
    client.save()
    record("open_client", "开通医院接口", client, by, at, {"scheme": scheme, "networks": list(networks)})
    return client


@transaction.atomic
def close_client(*, client_id: int, reason: str, by: Officer | None, at: datetime) -> ApiClient:
    """Shut an institution's system out (停用接口), whatever keys it has: the next request is refused, and it is told
    of nothing more. `open_client` lets it in again. Refuses without reason, and one that is shut out."""
    client = locked_client(client_id, by)
    if not reason.strip():
        raise Refused("note_required", "请写明停用的原因。")
    if not client.active:
        raise Refused("ENDED_ALREADY", "该机构的接口已停用。")
    client.active = False
    client.save(update_fields=["active"])
    record("close_client", "停用医院接口", client, by, at, {}, reason)
    return client


@transaction.atomic
def issue_key(*, client_id: int, by: Officer | None, at: datetime, overlap: timedelta | None = None) -> Issued:
    """Give a system a new key. Earlier ones end after the overlap, so that it can change over without a gap."""
    client = locked_client(client_id, by)
    if not client.active:
        raise Refused("CLIENT_CLOSED", "该机构的接口已停用，请先重新开通。")
    until = at + (timedelta(hours=settings.API_OVERLAP_HOURS) if overlap is None else overlap)
    client.keys.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=until)).update(ends_at=until)
    secret = generate_client_secret()
    application = Application.objects.create(
        name=f"{client.institution.code} {timezone.localtime(at):%Y-%m-%d}",
        client_type=Application.CLIENT_CONFIDENTIAL, client_secret=secret,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    key = ApiKey.objects.create(
        client=client, application=application, name=application.client_id, scopes=sorted(settings.API_SCOPES),
        issued_at=at,
    )
    record("issue_key", "签发接口密钥", client, by, at, {"key": key.name, "earlier_until": until.isoformat()})
    return Issued(key=key, secret=secret, signing_key=signing_key(key))


@transaction.atomic
def end_key(*, name: str, by: Officer | None, at: datetime, reason: str = "") -> ApiKey:
    """End a key at once (停用): its tokens and signatures are refused from the next request on. An officer says why;
    the installation (`by=None`) need not."""
    rows = ApiKey.objects.select_for_update(of=("self",)).select_related("client__institution")
    key: ApiKey | None = rows.filter(name=name).first()
    if key is None:
        raise Refused("not_found", "未找到该接口密钥。")
    _authorise(by, key.client.institution)
    if by is not None and not reason.strip():
        raise Refused("note_required", "请写明停用密钥的原因。")
    if key.ends_at is not None and key.ends_at <= at:
        raise Refused("ENDED_ALREADY", "该密钥已停用。")
    key.ends_at = max(at, key.issued_at)
    key.save(update_fields=["ends_at"])
    record("end_key", "停用接口密钥", key.client, by, at, {"key": key.name}, reason)
    return key


def note_use(key: ApiKey, at: datetime) -> None:
    """Keep when a key was last used, to the quarter of an hour: a system that calls all day writes it seldom."""
    if key.last_used_at is None or at - key.last_used_at >= NOTED:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)


def signing_key(key: ApiKey) -> str:
    """The key that messages are signed with; derived, so it is nowhere stored."""
    return derived_secret("message", key.name, 1)


def live_key(at: datetime, **named: object) -> ApiKey | None:
    """The key of this name or application, if it and all that it stands for are in force. One query."""
    key: ApiKey | None = ApiKey.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at), client__active=True, client__officer__is_active=True, **named
    ).select_related("client__institution", "client__officer").first()
    if key is None or not key.client.institution.active_on(bureau_day(at)):
        return None
    return key


def calls_from(client: ApiClient, address: str) -> bool:
    """Whether the system may call from this address."""
    if not client.networks:
        return True
    try:
        here = ip_address(address)
    except ValueError:
        return False
    return any(here in ip_network(network) for network in client.networks)


def use_nonce(key: ApiKey, nonce: str, at: datetime) -> bool:
    """Mark a signature as used; False if it was. Stands whatever becomes of the request. Old ones are forgotten."""
    with transaction.atomic():
        old = Nonce.objects.filter(at__lt=at - 2 * SKEW).select_for_update(skip_locked=True)
        Nonce.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:FORGOTTEN])).delete()
    try:
        with transaction.atomic():
            Nonce.objects.create(key_name=key.name, nonce=nonce, at=at)
    except IntegrityError:
        return False
    return True


def sign_in(*, client: ApiClient, operator: str, at: datetime) -> SignIn:
    """Note a sign-in (签到); its number may stand in the messages that follow."""
    return SignIn.objects.create(client=client, operator=operator, at=at)


def signed_in(client: ApiClient, number: str) -> bool:
    return SignIn.objects.filter(client=client, number=number).exists()


def _account(house: Institution, at: datetime) -> Officer:
    number = f"API{house.code}"
    known: Officer | None = Officer.objects.filter(staff_no=number).first()
    if known is not None:
        return known
    if not Group.objects.filter(name=ROLE).exists():
        raise Refused("role_unknown", f"没有“{ROLE}”岗位，请先完成数据库升级。")
    return casework.appoint(
        username=f"api.{house.code.lower()}", name=f"{house.name}接口"[:60], staff_no=number,
        region_code=pack_of(house.region_id).region, roles=[ROLE], by=None, at=at, institution_code=house.code,
    )


def _check_networks(networks: tuple[str, ...]) -> None:
    for network in networks:
        try:
            ip_network(network)
        except ValueError:
            raise Refused("NETWORK_FORMAT", f"“{network[:43]}”不是网段，应写作10.1.0.0/16。") from None


def locked_client(client_id: int, by: Officer | None) -> ApiClient:
    """A client for update; refused to an officer who does not keep the interface of its territory."""
    rows = ApiClient.objects.select_for_update(of=("self",)).select_related("institution")
    client: ApiClient | None = rows.filter(pk=client_id).first()
    if client is None:
        raise Refused("not_found", "未找到该接口客户端。")
    _authorise(by, client.institution)
    return client


def _authorise(by: Officer | None, house: Institution) -> None:
    if by is not None and not (by.may(KEEP) and by.sees(house.region_id)):
        raise Refused("no_permission", "您不能管理该机构的接口，请由有此权限的系统管理员办理。")


def record(
    action: str, label: str, client: ApiClient, by: Officer | None, at: datetime, detail: dict[str, object],
    note: str = "",
) -> None:
    """Put a deed about an institution's interface on the trail; no secret stands in it."""
    house = client.institution
    audit.record(
        action=action, label=label, by=by, at=at, subject=f"institution:{house.code}", region_code=house.region_id,
        note=note.strip(), detail=detail,
    )
