"""All tests on servers of their own: `make test`, `make test ARGS="-k settle"`.

One process a core, each with a database of its own. Browser tests come last, in processes of their own; they need
Chromium: installed, or through apt where we are root. Where it can't be had they are left out, and one line says so.
"""
import os
import sys
from pathlib import Path

from host import ROOT, end_on_signals, ensure_chromium, ensure_pdf, run_in_foreground

WITH_SERVICES = Path(__file__).with_name("with-services")
NOTHING_FOUND = 5
"""What pytest ends with where no test was selected."""


def main(arguments: list[str]) -> int:
    end_on_signals()
    ensure_pdf()
    if "RUN_TESTS_INSIDE" not in os.environ:
        env = {**os.environ, "RUN_TESTS_INSIDE": "1", "CHROMIUM": ensure_chromium() or ""}
        return run_in_foreground([WITH_SERVICES, sys.executable, __file__, *arguments], env)
    os.chdir(ROOT)
    # A browser's event loop keeps a database connection of its own in the process: apart from tests that fork and kill.
    outcome = pytest(["--create-db", "-m", "not browser", *arguments])
    if not os.environ["CHROMIUM"]:
        print("Chromium is not here and can't be installed: the browser tests are left out.", flush=True)
        return outcome
    browser = pytest(["-m", "browser", *arguments])
    found = [code for code in (outcome, browser) if code != NOTHING_FOUND]
    return max(found, default=NOTHING_FOUND)


def pytest(arguments: list[str]) -> int:
    """One run of pytest on the databases of this run; they are kept from one to the next."""
    workers = ["-n", str(os.cpu_count() or 1), "--reuse-db"]
    return run_in_foreground([sys.executable, "-m", "pytest", *workers, *arguments], dict(os.environ))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
