"""This machine: who runs us, what apt may add, and child processes that never outlive us.

Standard library only: these scripts run before the virtual environment exists.
"""
import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Failure(SystemExit):
    """What stops a script, said in plain words; the exit status is 1."""

    def __init__(self, message: str) -> None:
        super().__init__(f"error: {message}")


def say(message: str) -> None:
    print(message, flush=True)


def site_packages() -> list[Path]:
    """Where the locked requirements lie: the running interpreter's environment and the project's own."""
    running = [Path(sysconfig.get_path("purelib"))] if sys.prefix != sys.base_prefix else []
    return list(dict.fromkeys([*running, *ROOT.glob(".venv/lib/python3*/site-packages")]))


def is_root() -> bool:
    return os.geteuid() == 0


@dataclass(frozen=True)
class Account:
    """A user whose rights a server is started with; PostgreSQL refuses root's."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of(cls, entry: pwd.struct_passwd) -> "Account":
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @classmethod
    def myself(cls) -> "Account":
        uid = os.geteuid()
        try:
            return cls.of(pwd.getpwuid(uid))
        except KeyError:  # a container's bare number without a name
            return cls(str(uid), uid, os.getegid())

    @classmethod
    def unprivileged(cls) -> "Account":
        """Myself, or when I am root the first of the usual system accounts."""
        if not is_root():
            return cls.myself()
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return cls.of(pwd.getpwnam(name))
        raise Failure("running as root, and neither 'postgres' nor 'nobody' exists to run PostgreSQL as")

    def rights(self) -> dict:
        """The arguments of `subprocess` that start a program with this account's rights."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if is_root() else {}

    def can_read(self, path: Path) -> bool:
        """True if this account gets through to `path`: a checkout under a 0700 home stops it."""
        return subprocess.run(["test", "-r", str(path)], cwd="/", **self.rights()).returncode == 0

    def make_directory(self, path: Path, mode: int) -> None:
        """A directory of this account; parents that have to be made can be passed through by everyone."""
        before = os.umask(0o022)
        path.mkdir(parents=True, exist_ok=True)
        os.umask(before)
        path.chmod(mode)
        if is_root():
            os.chown(path, self.uid, self.gid)


def end_with_parent(signal_number: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends the child this signal when we die, be it by SIGKILL."""
    return lambda: _libc.prctl(PR_SET_PDEATHSIG, int(signal_number))


def run_in_foreground(command: list, env: dict[str, str] | None = None) -> int:
    """Run a command at the terminal and answer its exit status.

    Ctrl-C reaches the command as well as us; it ends with its own summary, and we only wait for that.
    """
    child = subprocess.Popen([str(part) for part in command], env=env, preexec_fn=end_with_parent(signal.SIGTERM))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
        if child.poll() is None:
            child.terminate()
            child.wait()


class Child:
    """A server or worker in its own session: it gets no Ctrl-C of its own, and the kernel ends it when we die."""

    def __init__(self, command: list, *, name: str, account: Account | None = None, env: dict | None = None,
                 log: Path | None = None, stdin: str | None = None, end_with: signal.Signals = signal.SIGTERM) -> None:
        self.name, self.end_with = name, end_with
        output = log.open("ab") if log else None
        self.process = subprocess.Popen(  # preexec_fn runs after the change of user, which would clear the death signal
            [str(part) for part in command], env=env, cwd="/" if account else ROOT, stdout=output,
            stderr=subprocess.STDOUT if log else None, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            start_new_session=True, preexec_fn=end_with_parent(end_with), **(account.rights() if account else {}),
        )
        if output:
            output.close()
        if stdin:
            with self.process.stdin as pipe:
                pipe.write(stdin.encode())

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self, patience: float = 20) -> None:
        if self.ended:
            return
        self.process.send_signal(self.end_with)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def wait_until(ready, seconds: float, what: str) -> None:
    """Poll `ready` until it is true; `ready` may raise Failure itself when waiting is pointless."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise Failure(f"{what} was not ready within {seconds:.0f} s")
        time.sleep(0.03)


def end_on_signals() -> None:
    """Make SIGTERM and SIGHUP unwind the stack like Ctrl-C, so that `finally` stops what was started."""
    def unwind(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, unwind)


def apt_install(packages: list[str], reason: str) -> bool:
    """Add Debian packages if that is possible here (root and apt-get); False, and no harm done, if it is not."""
    if not is_root() or shutil.which("apt-get") is None:
        return False
    say(f"apt-get install {' '.join(packages)}  ({reason})")
    # RUNLEVEL=1 keeps package scripts from starting system-wide services: we start private ones.
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1", "LC_ALL": "C"}
    quick = ["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20", "-o", "DPkg::Lock::Timeout=120"]
    for command in (["apt-get", "update", "-qq", *quick],
                    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *quick, *packages]):
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write("\n".join(done.stderr.splitlines()[-3:]) + "\n")
    return done.returncode == 0


def pdf_ready() -> bool:
    """True if the libraries and a font with Chinese characters are there that PDF files need."""
    try:
        for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"):
            ctypes.CDLL(name)
    except OSError:
        return False
    fonts = Path("/usr/share/fonts")
    return any(fonts.glob("**/*wqy*")) or any(fonts.glob("**/*CJK*"))


def ensure_pdf() -> bool:
    """Pango and a Chinese font, through apt where allowed; without them only PDF files are missing."""
    packages = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-wqy-microhei"]
    if pdf_ready() or (apt_install(packages, "PDF documents") and pdf_ready()):
        return True
    say(f"PDF documents are unavailable here (missing: {' '.join(packages)}); the print view works without them.")
    return False


def chromium() -> str | None:
    """The installed browser, if any; CHROMIUM names another."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def ensure_chromium() -> str | None:
    if found := chromium():
        return found
    apt_install(["chromium"], "browser tests")
    return chromium()
