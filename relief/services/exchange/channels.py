"""Two ways to a receiver: HTTPS with signed requests, or a drop folder. Which one, the address in the settings says.

Both take the same files, the manifest last: a receiver looks at nothing before its manifest is there, and takes what it
has taken already for what it is. So a delivery that broke off anywhere is begun again from its first file.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

import requests
from django.conf import settings

from casework import clock
from casework.errors import Refused
from relief.models import Receiver
from relief.services.exchange.signing import content_text, request_text, signer_for

TIMEOUT = (5, 12)
ANSWER_LIMIT = 32 * 1024 * 1024
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class NotDelivered(Exception):
    """The receiver could not be reached or did not take it. The message is Chinese and holds no personal data."""


class Channel(Protocol):
    """What can be done at a receiver."""

    way: str

    def put(self, name: str, path: Path, digest: str) -> None: ...

    def conclude(self, name: str, manifest: str) -> str: ...

    def answers(self, stem: str, after: int) -> list[dict[str, Any]]: ...

    def lists(self, after: int) -> list[dict[str, Any]]: ...

    def open_list(self, name: str) -> Any: ...


def channel_to(receiver: Receiver) -> Channel:
    """The way to a receiver; refused where the settings give no address, or one that is neither."""
    address = getattr(settings, "EXCHANGE_ADDRESSES", {}).get(receiver.address_name, "")
    parts = urlsplit(address)
    if parts.scheme == "file" and parts.path.startswith("/"):
        return Folder(receiver, Path(parts.path))
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return Https(receiver, address.rstrip("/"))
    raise Refused("NO_ADDRESS", f"没有设置{receiver.name}的交换地址（EXCHANGE_ADDRESSES），请联系系统管理员。")


class Https:
    """Signed requests: PUT each file, PUT the manifest and read the receipt, GET answers and lists."""

    way = "https"

    def __init__(self, receiver: Receiver, base: str) -> None:
        self.receiver, self.base, self.signer = receiver, base, signer_for(receiver)
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = settings.EXCHANGE_CA or True

    def put(self, name: str, path: Path, digest: str) -> None:
        with path.open("rb") as body:
            self._ask("PUT", f"/push/{name}", digest, data=body)

    def conclude(self, name: str, manifest: str) -> str:
        body = manifest.encode()
        answer = self._ask("PUT", f"/push/{name}", sha256(body).hexdigest(), data=body)
        try:
            return str(answer.json()["receipt"])[:80]
        except (ValueError, KeyError, TypeError) as error:
            raise NotDelivered("对方没有给出回执号。") from error

    def answers(self, stem: str, after: int) -> list[dict[str, Any]]:
        return self._read(f"/push/{stem}/answers?after={after}", "parts")

    def lists(self, after: int) -> list[dict[str, Any]]:
        return self._read(f"/lists?after={after}", "lists")

    @contextmanager
    def open_list(self, name: str) -> Iterator[IO[bytes]]:
        """The bytes of a list; its manifest, which is signed, gives their digest."""
        answer = self._ask("GET", f"/lists/{name}", sha256(b"").hexdigest(), stream=True)
        answer.raw.decode_content = True
        try:
            yield answer.raw
        finally:
            answer.close()

    def _read(self, path: str, key: str) -> list[dict[str, Any]]:
        answer = self._ask("GET", path, sha256(b"").hexdigest())
        signature = answer.headers.get("X-Exchange-Signature", "")
        if not self.signer.verify(content_text(path, sha256(answer.content).hexdigest()), signature):
            raise NotDelivered("对方应答的签名不符，未予采用。")
        return _items(answer.content, key)

    def _ask(self, method: str, path: str, digest: str, **more: Any) -> requests.Response:
        at, nonce = clock.now(), secrets.token_hex(16)
        headers = {
            "X-Exchange-Key": f"{self.receiver.address_name}:{self.receiver.key_version}",
            "X-Exchange-Time": str(int(at.timestamp())), "X-Exchange-Nonce": nonce,
            "X-Exchange-Signature": self.signer.sign(request_text(method, path, at, nonce, digest)),
        }
        try:
            answer = self.session.request(
                method, self.base + path, headers=headers, timeout=TIMEOUT, allow_redirects=False, **more
            )
        except requests.RequestException as error:
            raise NotDelivered(f"连接{self.receiver.name}失败（{type(error).__name__}）。") from error
        if answer.status_code not in {200, 201}:
            raise NotDelivered(f"{self.receiver.name}拒收（{answer.status_code} {_code_of(answer)}）。")
        return answer


class Folder:
    """A folder that both sides can reach: `to/` for what is sent, `from/` for what comes back, each with a `.sig`."""

    way = "folder"

    def __init__(self, receiver: Receiver, root: Path) -> None:
        self.receiver, self.root, self.signer = receiver, root, signer_for(receiver)

    def put(self, name: str, path: Path, digest: str) -> None:
        with path.open("rb") as body:
            self._place(name, body)

    def conclude(self, name: str, manifest: str) -> str:
        body = manifest.encode()
        signature = self.signer.sign(content_text(name, sha256(body).hexdigest()))
        self._place(f"{name}.sig", BytesIO(signature.encode()))
        self._place(name, BytesIO(body))
        return f"{name}:{sha256(body).hexdigest()[:16]}"

    def answers(self, stem: str, after: int) -> list[dict[str, Any]]:
        found = [said for path in self._signed(f"{stem}.answer-*.json") for said in _items(path.read_bytes(), "parts")]
        return [part for part in found if part.get("part", 0) > after]

    def lists(self, after: int) -> list[dict[str, Any]]:
        found = [said for path in self._signed("list-*.json") for said in _items(path.read_bytes(), "lists")]
        return [one for one in found if one.get("number", 0) > after]

    def open_list(self, name: str) -> IO[bytes]:
        try:
            return (self.root / "from" / Path(name).name).open("rb")
        except OSError as error:
            raise NotDelivered("交换目录中没有名单文件。") from error

    def _signed(self, pattern: str) -> Iterator[Path]:
        for path in sorted((self.root / "from").glob(pattern)):
            sign = path.with_name(f"{path.name}.sig")
            text = content_text(path.name, sha256(path.read_bytes()).hexdigest())
            if not (sign.exists() and self.signer.verify(text, sign.read_text(encoding="ascii").strip())):
                raise NotDelivered(f"交换目录中{path.name}的签名不符，未予采用。")
            yield path

    def _place(self, name: str, body: Any) -> None:
        """Whole or not at all: written beside, brought to the disk, and only then under its name."""
        target = self.root / "to" / name
        beside = target.with_name(f".{name}.{secrets.token_hex(4)}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as out:
                for block in iter(lambda: body.read(1024 * 1024), b""):
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(target)
            _sync(target.parent)
        except OSError as error:
            raise NotDelivered(f"写入{self.receiver.name}的交换目录失败（{type(error).__name__}）。") from error
        finally:
            beside.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _items(body: bytes, key: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(body)[key]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotDelivered("对方的应答无法识别。") from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise NotDelivered("对方的应答无法识别。")
    return found


def _code_of(answer: requests.Response) -> str:
    """The code of a refusal, if it is one: nothing else of a stranger's answer is shown."""
    try:
        code = str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return ""
    return code if code.isascii() and code.replace("_", "").isalnum() and len(code) < 40 else ""
