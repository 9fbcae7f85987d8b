"""The virtual environment .venv with the locked requirements: `environment.py runtime` or `environment.py dev`.

A second run costs nothing: a stamp holds the digest of what was installed. The dev lock contains the runtime lock.
"""
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from host import ROOT, Failure, apt_install, say

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"runtime": ["requirements.txt"], "dev": ["requirements-dev.txt"]}
OLDEST = (3, 11)


def main(kind: str) -> None:
    if sys.version_info < OLDEST:
        raise Failure(f"Python {'.'.join(map(str, OLDEST))} or later is needed, this is {sys.version.split()[0]}; "
                      "name another one: make PYTHON=python3.11 …")
    create_venv()
    accepted = {stamp(name): name for name in {kind, "dev"}}
    stamp_file = VENV / "installed"
    if stamp_file.exists() and stamp_file.read_text() in accepted:
        return
    say("installing the locked requirements into .venv (about a minute, once)")
    stamp_file.unlink(missing_ok=True)
    install(ROOT / LOCKS[kind][0])
    stamp_file.write_text(stamp(kind))


def stamp(kind: str) -> str:
    return hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in LOCKS[kind])).hexdigest()


def create_venv() -> None:
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if importlib.util.find_spec("ensurepip") is None:  # Debian puts it into a package of its own
        package = f"python3.{sys.version_info.minor}-venv"
        if not apt_install([package], "virtual environments"):
            raise Failure(f"this Python cannot create a virtual environment; as root: apt-get install {package}")
    say("creating .venv")
    done = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"python -m venv failed:\n{done.stdout}{done.stderr}")


def install(lock: Path) -> None:
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
               "--only-binary", ":all:", "-r", lock]
    env = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    if subprocess.run(command, env=env).returncode:
        raise Failure(f"pip could not install {lock.name}; the lines above say why")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runtime")
