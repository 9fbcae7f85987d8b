"""The demo from an installed environment: database, data, the main job told in short, then the server.

`make demo`, `make demo ARGS=--once` (all but serve), `make demo ARGS=--worker` (a real worker, beat and Redis).
Everything started here ends with Ctrl-C, and with this process however that ends.
"""
import argparse
import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

from host import ROOT, Child, Failure, end_on_signals, ensure_pdf, say, wait_until
from services import for_demo

VAR = ROOT / "var"
DEFAULTS = {
    "DEBUG": "0",
    "LOG_LEVEL": "WARNING",
    "EXCHANGE_KEY": "demo-only-not-a-secret-for-the-stand-in-alone",
    "POLICY_OVERLAYS": f"bazhong={ROOT / 'config/demo/data/figures-of-2026.yaml'}",
}
HOSPITAL = "H51190200001"
AUTHORITIES = [f"511900.{code}" for code in ("civil_affairs", "agriculture", "health")]
FIXED = {"DJANGO_SETTINGS_MODULE": "config.settings.dev"}


def main() -> int:
    options = arguments()
    end_on_signals()
    VAR.mkdir(exist_ok=True)
    try:
        with alone(), for_demo(with_redis=options.worker) as urls:
            return play(options, {**DEFAULTS, **os.environ, **urls, **FIXED})
    except KeyboardInterrupt:
        say("\nended")
        return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__.splitlines()[0])
    parser.add_argument("--once", action="store_true", help="prepare everything and tell the story, but do not serve")
    parser.add_argument("--worker", action="store_true", help="a real Celery worker, beat and Redis, not in process")
    parser.add_argument("--port", type=int, default=8000, help="the server's port on 127.0.0.1 (8000)")
    return parser.parse_args()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One demo per checkout: the second would share its database."""
    with (VAR / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure("the demo of this checkout runs already; end it first (Ctrl-C in its window)") from None
        yield


def play(options: argparse.Namespace, env: dict[str, str]) -> int:
    if not options.once:
        refuse_taken_port(options.port)
    ensure_pdf()
    with contextlib.ExitStack() as children:
        running = start_authorities(children, env) if "EXCHANGE_ADDRESSES" not in env else []
        if status := subprocess.run([sys.executable, "manage.py", "demo"], cwd=ROOT, env=env).returncode:
            return status
        if options.worker:
            running += start_worker(children, env)
        if options.once:
            return 0
        print_hospital_key(env)
        running.append(start_server(children, env, options.port))
        say(f"\nhttp://127.0.0.1:{options.port}/   Ctrl-C ends everything")
        return watch(running)


def print_hospital_key(env: dict[str, str]) -> None:
    """For docs/hospital-interface.md; those of earlier runs end with it."""
    say("\nhospitals' interface (docs/hospital-interface.md), a key of 巴中市中心医院:")
    command = [sys.executable, "manage.py", "hospital_key", HOSPITAL, "--overlap", "0"]
    if subprocess.run(command, cwd=ROOT, env=env).returncode:
        raise Failure("no key for the hospital; the lines above say why")


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Failure(f"port {port} is taken; another one: make demo ARGS=--port=8001") from None


def start_authorities(children: contextlib.ExitStack, env: dict[str, str]) -> list[Child]:
    """The stand-in for civil affairs, agriculture and health, at a port of its own that `env` then names.

    What it took is in var/, as the city is: another start goes on from there.
    """
    port = VAR / "authorities.port"
    port.unlink(missing_ok=True)
    command = [sys.executable, "-m", "config.demo.receiver", "--port", "0", "--port-file", port,
               "--keep", VAR / "authorities.json", "--recognise"]
    stand_in = Child(command, name="the authorities' stand-in", env=env, log=VAR / "authorities.log")
    children.callback(stand_in.stop)

    def listens() -> bool:
        if stand_in.ended:
            raise Failure("the authorities' stand-in ended at once; var/authorities.log says why")
        return port.exists()

    wait_until(listens, 60, "the authorities' stand-in")
    address = f"http://127.0.0.1:{port.read_text(encoding='ascii')}"
    env["EXCHANGE_ADDRESSES"] = ",".join(f"{name}={address}" for name in AUTHORITIES)
    return [stand_in]


def start_worker(children: contextlib.ExitStack, env: dict[str, str]) -> list[Child]:
    celery = [sys.executable, "-m", "celery", "--app", "config", "--quiet"]
    commands = {
        "worker": [*celery, "worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"],
        "beat": [*celery, "beat", "--schedule", VAR / "beat-schedule", "--loglevel", "WARNING"],
    }
    started = []
    for name, command in commands.items():
        started.append(Child(command, name=name, env=env, log=VAR / f"{name}.log"))
        children.callback(started[-1].stop)
    ping = [*celery, "inspect", "ping", "--timeout", "2"]
    wait_until(lambda: subprocess.run([str(part) for part in ping], cwd=ROOT, env=env,
                                      capture_output=True).returncode == 0, 60, "the Celery worker")
    say("a Celery worker, beat and Redis run; their logs are in var/")
    return started


def start_server(children: contextlib.ExitStack, env: dict[str, str], port: int) -> Child:
    server = Child([sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1",
                    "--threads", "4", "--log-level", "warning", "--no-control-socket"], name="the server", env=env)
    children.callback(server.stop)

    def answers() -> bool:
        if server.ended:
            raise Failure("the server ended at once; the lines above say why")
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=10).status == 200
        return False

    wait_until(answers, 60, "the server")
    return server


def watch(running: list[Child]) -> int:
    while True:
        for child in running:
            if child.ended:
                raise Failure(f"{child.name} ended unexpectedly")
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
