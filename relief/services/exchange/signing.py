"""Signing what is exchanged. Each receiver has a key of its own, derived from the bureau's; `EXCHANGE_SIGNER` names
another class where an authority wants another way (its own certificate, SM2).
"""

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from casework.errors import Refused
from relief.models import Receiver


class Signer(Protocol):
    """Signs a text for a receiver, and checks a signature that comes from it."""

    def sign(self, text: str) -> str: ...

    def verify(self, text: str, signature: str) -> bool: ...


class HmacSigner:
    """HMAC-SHA256 under `HMAC(EXCHANGE_KEY, "exchange:<region>.<receiver>:<version>")`.

    A receiver is told its own key alone; a new version of one key leaves the others as they are.
    """

    def __init__(self, receiver: Receiver) -> None:
        secret = str(getattr(settings, "EXCHANGE_KEY", ""))
        if len(secret) < 32:
            raise Refused("NO_EXCHANGE_KEY", "没有设置交换密钥（EXCHANGE_KEY），请联系系统管理员。")
        name = f"exchange:{receiver.address_name}:{receiver.key_version}"
        self.key = hmac.new(secret.encode(), name.encode(), sha256).hexdigest()

    def sign(self, text: str) -> str:
        return hmac.new(self.key.encode(), text.encode(), sha256).hexdigest()

    def verify(self, text: str, signature: str) -> bool:
        return hmac.compare_digest(self.sign(text), signature)


def signer_for(receiver: Receiver) -> Signer:
    """The way in which this installation signs."""
    name = getattr(settings, "EXCHANGE_SIGNER", "relief.services.exchange.signing.HmacSigner")
    signer: Signer = import_string(name)(receiver)
    return signer


def request_text(method: str, path: str, at: datetime, nonce: str, body_sha256: str) -> str:
    """What is signed of a request: whoever has seen one can't use it for another body, address or moment."""
    return "\n".join((method, path, str(int(at.timestamp())), nonce, body_sha256))


def content_text(name: str, body_sha256: str) -> str:
    """What is signed of something that a receiver gives: a name and its bytes."""
    return f"{name}\n{body_sha256}"
