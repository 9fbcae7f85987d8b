import importlib
import os
import platform
import sys

PARTS = ("engine", "service", "bulk", "search", "recompute")


def main(wanted: list[str]) -> None:
    if unknown := set(wanted) - set(PARTS):
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load}\n")
    for part in wanted or PARTS:
        importlib.import_module(f"bench.{part}").main()
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
