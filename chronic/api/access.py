"""Who comes in: OAuth 2 client credentials of an institution's key, asked anew for each request."""

from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import DataError
from oauth2_provider.models import AccessToken
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import SettingsScopes
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.throttling import BaseThrottle

from casework.api.faults import Fault, Problem
from casework.clock import now
from chronic.models import ApiKey
from chronic.services import interface_keys as keys


class KeyAuthentication(BaseAuthentication):
    """A token is good while its key, the institution and its account are. `request.auth` is the key.

    The library's own class reads the body before it knows who sends it; this one looks at the header alone."""

    def authenticate(self, request: Any) -> tuple[Any, ApiKey] | None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        token = _token(given.strip()) if scheme.lower() == "bearer" else None
        key = keys.live_key(now(), application_id=token.application_id) if token else None
        if key is None:
            raise AuthenticationFailed
        check_network(key, request)
        keys.note_use(key, now())
        key.token_scopes = frozenset(token.scope.split()) & frozenset(key.scopes)
        return key.client.officer, key

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="api"'


class Scoped(BasePermission):
    """The token must carry the scope that the view names; without one nobody passes."""

    def has_permission(self, request: Any, view: Any) -> bool:
        held = getattr(request.auth, "token_scopes", frozenset())
        return bool(held) and getattr(view, "scope", "") in held


class Known(BasePermission):
    """An officer or a key: enough to read the description of the interface."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return request.user is not None and bool(getattr(request.user, "is_active", False))


class KeyScopes(SettingsScopes):
    """A key may ask for the scopes that it was given, and has them all if it asks for none."""

    def get_available_scopes(self, application: Any = None, request: Any = None, *args: Any, **more: Any) -> list[str]:
        key = ApiKey.objects.filter(application=application).first() if application else None
        return [scope for scope in key.scopes if scope in settings.API_SCOPES] if key else []

    def get_default_scopes(self, application: Any = None, request: Any = None, *args: Any, **more: Any) -> list[str]:
        return self.get_available_scopes(application, request)


class KeyValidator(OAuth2Validator):
    """No token for a key that is not in force."""

    def authenticate_client(self, request: Any, *args: Any, **more: Any) -> bool:
        try:
            if not super().authenticate_client(request, *args, **more):
                return False
        except (DataError, ValueError):  # a name that no column can hold
            return False
        return keys.live_key(now(), application_id=request.client.pk) is not None

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **more: Any) -> None:
        """What the key had before and has run out is forgotten."""
        super().save_bearer_token(token, request, *args, **more)
        AccessToken.objects.filter(application=request.client, expires__lt=now()).delete()


def check_network(key: ApiKey, request: Any) -> None:
    """Refuse a call from outside the networks that the key is bound to."""
    address = BaseThrottle().get_ident(request)
    if not keys.calls_from(key.client, address or ""):
        raise Problem(403, Fault("NETWORK", "该密钥不得从此地址使用。", todo="请从登记的网段访问"))


def _token(text: str) -> AccessToken | None:
    checksum = sha256(text.encode(errors="replace")).hexdigest()
    token = AccessToken.objects.filter(token_checksum=checksum, application__isnull=False).first()
    return token if token is not None and not token.is_expired() else None


def has_key(request: Any) -> ApiKey:
    """The key of an admitted request."""
    key: ApiKey = request.auth
    return key
