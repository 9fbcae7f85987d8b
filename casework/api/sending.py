"""Sending to an address that an officer registered: https, no redirects, never into our own network.

The name is resolved once, every address it has must be public, and the connection goes to that very address with the
name in the certificate: a name that changes its mind in between changes nothing.
"""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

import certifi
from django.conf import settings
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError

from casework.errors import Refused

TIMEOUT = Timeout(connect=5, read=10)
URL_LENGTH = 300


class Unsent(Exception):
    """The other side was not reached."""


def check_url(url: str) -> str:
    """The address as it may be registered: https with a name, no user, no fragment, no odd port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("URL_FORMAT", "通知地址不是合法的网址。") from None
    schemes = ("https", "http") if settings.WEBHOOKS_PRIVATE else ("https",)
    if len(url) > URL_LENGTH or not url.isascii() or parts.scheme not in schemes or not parts.hostname:
        raise Refused("URL_FORMAT", "通知地址应以https://开头，不超过300个字符。")
    if parts.username or parts.password or parts.fragment:
        raise Refused("URL_FORMAT", "通知地址不得带有用户名、口令或#片段。")
    if port not in (None, 443, 8443) and not settings.WEBHOOKS_PRIVATE:
        raise Refused("URL_FORMAT", "通知地址的端口应为443或8443。")
    return url


def address_of(host: str, port: int) -> str:
    """One address of the host; refused when any of its addresses is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise Unsent("name") from None
    addresses = [str(one[4][0]) for one in found]
    if not settings.WEBHOOKS_PRIVATE and not all(_public(one) for one in addresses):
        raise Refused("URL_PRIVATE", "通知地址指向内部网络，不予发送。")
    return addresses[0]


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send and return the status; what is answered besides is not read. A redirect is a status like any other."""
    parts = urlsplit(check_url(url))
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    address = address_of(host, port)
    pool: HTTPConnectionPool
    if secure:
        pool = HTTPSConnectionPool(
            address, port, server_hostname=host, assert_hostname=host, cert_reqs="CERT_REQUIRED",
            ca_certs=certifi.where(), timeout=TIMEOUT, retries=False, maxsize=1,
        )
    else:
        pool = HTTPConnectionPool(address, port, timeout=TIMEOUT, retries=False, maxsize=1)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        answer = pool.request(
            "POST", target, body=body, headers={**headers, "Host": parts.netloc}, redirect=False, preload_content=False
        )
        return answer.status
    except (HTTPError, OSError) as error:
        raise Unsent(type(error).__name__) from None
    finally:
        pool.close()


def _public(address: str) -> bool:
    found = ip_address(address.split("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (mapped is None or mapped.is_global)
