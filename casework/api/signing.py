"""Signatures over requests, pluggable: each scheme is a class, chosen by its name.

A key is not stored: it is derived from the installation's secret, the key's name and its generation, so that a copy
of the database signs nothing. A new generation is a new key.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from django.utils.crypto import salted_hmac

from casework.api.faults import Fault, Problem

SKEW = timedelta(seconds=300)
_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Signed:
    """What the headers of a signed request say."""

    key_id: str
    at: datetime
    timestamp: str
    nonce: str
    signature: str


class Scheme(Protocol):
    """How a signature is computed."""

    def sign(self, secret: str, timestamp: str, nonce: str, body: bytes) -> str: ...


class Tif:
    """The gateway's habit: SHA-256 of timestamp + token + nonce + timestamp. It does not cover the body."""

    def sign(self, secret: str, timestamp: str, nonce: str, body: bytes) -> str:
        return sha256(f"{timestamp}{secret}{nonce}{timestamp}".encode()).hexdigest()


class HmacBody:
    """HMAC-SHA256 over timestamp, nonce and the body's digest: another body is another signature."""

    def sign(self, secret: str, timestamp: str, nonce: str, body: bytes) -> str:
        text = f"{timestamp}\n{nonce}\n{sha256(body).hexdigest()}"
        return hmac.new(secret.encode(), text.encode(), sha256).hexdigest()


SCHEMES: dict[str, Scheme] = {"tif": Tif(), "hmac": HmacBody()}


def derived_secret(purpose: str, name: str, generation: int) -> str:
    """The key of a name and generation, 64 hex digits."""
    return salted_hmac(f"casework.key.{purpose}", f"{name}:{generation}", algorithm="sha256").hexdigest()


def headers_of(headers: Mapping[str, str], now: datetime) -> Signed:
    """Read `x-tif-paasid`, `-timestamp`, `-nonce` and `-signature`. 401 when one is missing or the clock is off."""
    names = ("paasid", "timestamp", "nonce", "signature")
    given = {name: headers.get(f"x-tif-{name}", "") for name in names}
    if missing := [f"x-tif-{name}" for name in names if not given[name]]:
        raise Problem(401, Fault("SIGN_MISSING", "缺少签名请求头。", wanted="、".join(missing)))
    stamp = given["timestamp"]
    if re.fullmatch(r"[0-9]{10}", stamp) is None or _NONCE.fullmatch(given["nonce"]) is None:
        raise Problem(401, Fault("SIGN_INVALID", "签名时间戳应为10位秒数，随机数应为8至64位字母、数字、_或-。"))
    if _KEY.fullmatch(given["paasid"]) is None:
        raise invalid()
    at = datetime.fromtimestamp(int(stamp), tz=now.tzinfo)
    if abs(at - now) > SKEW:
        server = int(now.timestamp())
        fault = Fault(
            "CLOCK_SKEW", "签名时间与服务器时间相差超过300秒。", got=stamp, wanted=f"server_time {server}",
            todo="请校准本机时钟后重新签名",
        )
        raise Problem(401, fault)
    return Signed(given["paasid"], at, stamp, given["nonce"], given["signature"])


def verify(scheme: str, signed: Signed, secrets: list[str], body: bytes, use: Callable[[], bool]) -> None:
    """Refuse a signature that none of the secrets makes; then `use` the nonce, which must be new."""
    made = [SCHEMES[scheme].sign(secret, signed.timestamp, signed.nonce, body) for secret in secrets]
    given = signed.signature.lower().encode()
    same = [hmac.compare_digest(one.encode(), given) for one in made]  # all are compared, whichever fits
    if not any(same):
        raise invalid()
    if not use():
        raise Problem(409, Fault("NONCE_USED", "该签名已使用过。", got=signed.nonce, todo="请换用新的随机数重新签名"))


def invalid() -> Problem:
    """The answer to an unknown key, a revoked one and a wrong signature alike."""
    return Problem(401, Fault("SIGN_INVALID", "签名不符，或该密钥已停用。", todo="请核对密钥、时间戳、随机数和报文"))
