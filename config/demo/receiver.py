"""The authorities' side of the exchange, for the demo and the tests: takes pushes, answers them, sends lists back.

    EXCHANGE_KEY=… python -m config.demo.receiver --port 8020 --mode normal

It stands in for somebody else's system, so it knows nothing of ours: standard library only, nothing imported from the
application, the keys derived as the interface describes them. It keeps everything in memory, and with --keep on disk
too: killed and started again it knows what it has taken. With --recognise it sends a list back after each push.

Modes, also set while it runs (POST /mode with {"mode": …}, unsigned: it listens on the loopback only):

- normal   takes a push and answers each row at once
- partial  accepts two rows of three, refuses the others by name, in two parts
- late     answers rows only when asked for the third time
- twice    gives every part of an answer twice
- mute     takes a push and never answers its rows
- silent   takes a push, but the connection ends before its receipt is out
- down     503 to everything
"""

import argparse
import json
import os
import sys
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config.demo.receiver_desk import MODES, Desk, Fault, Office


class Handler(BaseHTTPRequestHandler):
    """HTTP's side of the desk."""

    desk: Desk
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self._serve(self._put)

    def do_GET(self) -> None:
        self._serve(self._get)

    def do_POST(self) -> None:
        """The levers of the tests and the demo: the mode, a list to offer, what was got."""
        body = self._body()
        path, said = urlsplit(self.path).path, json.loads(body or b"{}")
        if path == "/mode" and said.get("mode") in MODES:
            self.desk.mode = said["mode"]
        elif path == "/offer":
            self.desk.offer(said.pop("to"), said, said.pop("content").encode(said.pop("encoding", "utf-8")))
        elif path == "/forget":
            self.desk.forget()
        elif path != "/got":
            self._send(404, {"code": "UNKNOWN"})
            return
        self._send(200, {name: {
            "taken": office.taken, "repeats": office.repeats,
            "rows": {stem: [row[2] for row in push.rows] for stem, push in office.pushes.items()},
        } for name, office in self.desk.offices.items()})

    def _serve(self, act: Any) -> None:
        body = self._body()
        try:
            if self.desk.mode == "down":
                raise Fault(503, "DOWN")
            name, office = self.desk.admit(self.command, self.path, self.headers, body)
            act(name, office, body)
        except Fault as fault:
            self._send(fault.status, {"code": fault.code})
        except (ValueError, KeyError, UnicodeError):
            self._send(400, {"code": "UNREADABLE"})

    def _put(self, name: str, office: Office, body: bytes) -> None:
        said = self.desk.take_file(office, urlsplit(self.path).path.removeprefix("/push/"), body)
        if self.desk.mode == "silent" and "receipt" in said:
            self.close_connection = True
            return
        self._send(200, said)

    def _get(self, name: str, office: Office, body: bytes) -> None:
        parts = urlsplit(self.path)
        after = int(parse_qs(parts.query).get("after", ["0"])[0])
        if parts.path.startswith("/push/") and parts.path.endswith("/answers"):
            stem = parts.path.split("/")[2]
            self._signed(name, {"parts": self.desk.answers(office, stem, after)})
        elif parts.path == "/lists":
            self._signed(name, {"lists": self.desk.lists(name, office, after)})
        elif (content := office.contents.get(parts.path.removeprefix("/lists/"))) is not None:
            self._raw(200, content, {})
        else:
            raise Fault(404, "UNKNOWN")

    def _signed(self, name: str, said: dict[str, Any]) -> None:
        body = json.dumps(said, ensure_ascii=False).encode()
        text = f"{self.path}\n{sha256(body).hexdigest()}"
        self._raw(200, body, {"X-Exchange-Signature": self.desk.sign(name, text)})

    def _send(self, status: int, said: dict[str, Any]) -> None:
        self._raw(status, json.dumps(said, ensure_ascii=False).encode(), {})

    def _raw(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def log_message(self, text: str, *args: Any) -> None:
        """Silent: numbers of persons stand in no log."""


def serve(desk: Desk, port: int) -> ThreadingHTTPServer:
    """Listen on the loopback; port 0 takes a free one."""
    handler = type("DeskHandler", (Handler,), {"desk": desk})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=8020)
    parser.add_argument("--mode", choices=MODES, default="normal")
    parser.add_argument("--port-file", type=Path, help="where to write the port that was taken")
    parser.add_argument("--keep", type=Path, help="a file to remember everything in")
    parser.add_argument("--clock-off", type=float, default=0, help="seconds by which its clock is before ours")
    parser.add_argument("--recognise", action="store_true", help="send a list back after each push")
    options = parser.parse_args()
    secret = os.environ.get("EXCHANGE_KEY", "")
    if len(secret) < 32:
        sys.stderr.write("error: set EXCHANGE_KEY, at least 32 characters\n")
        return 1
    desk = Desk(secret, options.mode, lambda: time.time() + options.clock_off, keep=options.keep,
                recognising=options.recognise)
    server = serve(desk, options.port)
    if options.port_file:
        beside = options.port_file.with_suffix(".new")
        beside.write_text(str(server.server_port), encoding="ascii")
        beside.replace(options.port_file)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
