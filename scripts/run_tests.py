"""All tests on servers of their own: `make test`, `make test ARGS="-k settle"`.

Browser tests need Chromium: installed, or through apt where we are root. Where it can't be had they are deselected,
and one line says so.
"""
import os
import subprocess
import sys
from pathlib import Path

from host import ROOT, ensure_chromium, ensure_pdf

WITH_SERVICES = Path(__file__).with_name("with-services")


def main(arguments: list[str]) -> int:
    ensure_pdf()
    env = dict(os.environ)
    selection = []
    if browser := ensure_chromium():
        env["CHROMIUM"] = browser
    else:
        print("Chromium is not here and can't be installed: the browser tests are left out.", flush=True)
        selection = ["-m", "not browser"]
    command = [WITH_SERVICES, sys.executable, "-m", "pytest", *selection, *arguments]
    return subprocess.run(command, cwd=ROOT, env=env).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
