"""A small client of the hospitals' interface. Python 3.11 and its standard library, nothing else; copy and change it.

    system = Hospital("https://ybj.example", CLIENT_ID, CLIENT_SECRET)
    told = system.submit("2026-000123", certno="…", name="…", diseases=[{
        "opsp_dise_code": "M03911", "hosp_ide_date": "2026-03-02", "diag_dr_codg": "D51190200101",
        "facts": {"M03911.1a": True}, "materials": [],
    }])
    told["status"], told["diseases"][0]["reasons"]

Each submission has a number of your own. Send the same again as often as you like, also after a timeout: it is one
case, and the answer is the first one. What is wrong with a request comes as `Refusal` with a stable code.
"""

# ruff: noqa: S310  (the addresses are the ones you configured)
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

TRIES = 4
TIMEOUT = 30


class Refusal(Exception):
    """What the bureau's side did not take: `code`, `message`, and every fault with its place."""

    def __init__(self, status: int, told: dict[str, Any]) -> None:
        super().__init__(f"{status} {told.get('code', '')} {told.get('message', '')}")
        self.status, self.code, self.faults = status, told.get("code", ""), told.get("faults", [])


class Hospital:
    """The REST door. A token is fetched when it is needed; what is busy or too much is asked again after its pause."""

    def __init__(self, base: str, client_id: str, client_secret: str) -> None:
        self.base, self._id, self._secret = base.rstrip("/"), client_id, client_secret
        self._token, self._until = "", 0.0

    def catalogue(self, code: str = "") -> dict[str, Any]:
        return self._json("GET", f"/catalogue/{quote(code)}" if code else "/catalogue")

    def entitlements(self, certno: str, name: str, kind: str = "01") -> dict[str, Any]:
        body = {"psn_cert_type": kind, "certno": certno, "psn_name": name}
        return self._json("POST", "/entitlements/query", body)

    def submit(
        self, number: str, *, certno: str, name: str, diseases: list[dict[str, Any]], **more: Any
    ) -> dict[str, Any]:
        person = {"psn_cert_type": "01", "certno": certno, "psn_name": name}
        body = {"submission_no": number, "person": person, "diseases": diseases, **more}
        return self._json("POST", "/diagnoses", body)

    def follow(self, handle: str) -> dict[str, Any]:
        return self._json("GET", f"/diagnoses/{quote(handle)}")

    def supply(self, handle: str, number: str, diseases: list[dict[str, Any]]) -> dict[str, Any]:
        return self._json("POST", f"/diagnoses/{quote(handle)}/facts", {"submission_no": number, "diseases": diseases})

    def withdraw(self, handle: str, number: str, reason: str) -> dict[str, Any]:
        body = {"submission_no": number, "reason": reason}
        return self._json("POST", f"/diagnoses/{quote(handle)}/withdrawal", body)

    def due(self, until: str = "") -> list[dict[str, Any]]:
        return self._json("GET", "/reviews/due" + (f"?until={quote(until)}" if until else ""))["due"]

    def review(self, number: str, psn_no: str, diseases: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        return self._json("POST", "/reviews", {"submission_no": number, "psn_no": psn_no, "diseases": diseases, **more})

    def upload(self, filename: str, content: bytes, kind: str = "application/pdf") -> dict[str, Any]:
        return json.loads(self._send("POST", f"/files?{urlencode({'filename': filename})}", content, kind))

    def _json(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        raw = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        return json.loads(self._send(method, path, raw, "application/json"))

    def _send(self, method: str, path: str, body: bytes | None, kind: str) -> bytes:
        for last in [False] * (TRIES - 1) + [True]:
            headers = {"Authorization": f"Bearer {self._bearer()}"} | ({"Content-Type": kind} if body else {})
            try:
                return _open(Request(f"{self.base}/api/v1{path}", body, headers, method=method))
            except HTTPError as error:
                pause = error.headers.get("Retry-After")
                if last or pause is None:
                    raise Refusal(error.code, json.loads(error.read() or b"{}")) from None
                time.sleep(int(pause))
        raise AssertionError

    def _bearer(self) -> str:
        if time.monotonic() > self._until:
            form = {"grant_type": "client_credentials", "client_id": self._id, "client_secret": self._secret}
            told = json.loads(_open(Request(f"{self.base}/api/oauth/token", urlencode(form).encode())))
            self._token, self._until = told["access_token"], time.monotonic() + told["expires_in"] - 60
        return self._token


class Platform:
    """The platform's envelope, for systems that speak it already. `scheme` is how the key was set: tif or hmac."""

    def __init__(
        self, base: str, client_id: str, signing_key: str, *, code: str, name: str, scheme: str = "tif"
    ) -> None:
        self.url, self._id, self._key = f"{base.rstrip('/')}/api/v1/platform", client_id, signing_key
        self.code, self.name, self.scheme, self._count = code, name, scheme, secrets.randbelow(9000)

    def call(
        self, infno: str, node: dict[str, Any], name: str = "data", *, area: str, msgid: str = ""
    ) -> dict[str, Any]:
        """Send one message; keep its msgid to send the same again."""
        body = json.dumps(self.message(infno, {name: node}, msgid or self.msgid(), area), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **self.signature(body)}
        try:
            return json.loads(_open(Request(self.url, body, headers)))
        except HTTPError as error:
            return json.loads(error.read())

    def message(self, infno: str, content: dict[str, Any], msgid: str, area: str) -> dict[str, Any]:
        return {
            "infno": infno, "msgid": msgid, "mdtrtarea_admvs": self.code[1:7], "insuplc_admdvs": area,
            "recer_sys_code": "YBXT", "infver": "V1.0", "opter_type": "1", "opter": "001", "opter_name": "接口",
            "inf_time": time.strftime("%Y-%m-%d %H:%M:%S"), "fixmedins_code": self.code, "fixmedins_name": self.name,
            "input": content,
        }

    def msgid(self) -> str:
        self._count = (self._count + 1) % 10_000
        return f"{self.code}{time.strftime('%Y%m%d%H%M%S')}{self._count:04d}"

    def signature(self, body: bytes) -> dict[str, str]:
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        if self.scheme == "tif":
            made = hashlib.sha256(f"{stamp}{self._key}{nonce}{stamp}".encode()).hexdigest()
        else:
            text = f"{stamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}"
            made = hmac.new(self._key.encode(), text.encode(), hashlib.sha256).hexdigest()
        given = {"paasid": self._id, "timestamp": stamp, "nonce": nonce, "signature": made}
        return {f"x-tif-{name}": value for name, value in given.items()}


def notice_is_genuine(secret: str, headers: dict[str, str], body: bytes, now: float | None = None) -> bool:
    """Whether a notice came from the bureau within five minutes. Its X-Webhook-Id stays the same over all tries."""
    stamp = headers.get("X-Webhook-Timestamp", "")
    if not stamp.isdigit() or abs((time.time() if now is None else now) - int(stamp)) > 300:
        return False
    text = f"{stamp}.{headers.get('X-Webhook-Id', '')}.".encode() + body
    made = "v1=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, headers.get("X-Webhook-Signature", ""))


def _open(request: Request) -> bytes:
    with urlopen(request, timeout=TIMEOUT) as answer:
        return answer.read()
