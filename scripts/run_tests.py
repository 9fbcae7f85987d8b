"""All tests on servers of their own: `make test`, `make test ARGS="-k settle"`.

One process a core, each with a database of its own. Browser tests need Chromium: installed, or through apt where we are
root. Where it can't be had they are deselected,
and one line says so.
"""
import os
import sys
from pathlib import Path

from host import ROOT, end_on_signals, ensure_chromium, ensure_pdf, run_in_foreground

WITH_SERVICES = Path(__file__).with_name("with-services")


def main(arguments: list[str]) -> int:
    end_on_signals()
    ensure_pdf()
    env = dict(os.environ)
    selection = []
    if browser := ensure_chromium():
        env["CHROMIUM"] = browser
    else:
        print("Chromium is not here and can't be installed: the browser tests are left out.", flush=True)
        selection = ["-m", "not browser"]
    os.chdir(ROOT)
    workers = ["-n", str(os.cpu_count() or 1)]
    return run_in_foreground([WITH_SERVICES, sys.executable, "-m", "pytest", *workers, *selection, *arguments], env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
