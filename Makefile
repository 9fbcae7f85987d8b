# make demo    everything from nothing to a running demo on 127.0.0.1:8000   (ARGS=--once: all but serve; ARGS=--worker: real worker, beat and Redis)
# make test    everything from nothing to the result of all tests            (ARGS="-k settle": a part of them)
PYTHON ?= python3
PACKAGES = policy casework
SOURCES = policy casework enrollment chronic maternity claims relief config tests scripts bench manage.py

.PHONY: demo test setup check lint types bench lock

demo:
	@$(PYTHON) scripts/environment.py runtime
	@.venv/bin/python scripts/demo.py $(ARGS)

test: setup
	@.venv/bin/python scripts/run_tests.py $(ARGS)

setup:
	@$(PYTHON) scripts/environment.py dev

check: lint types
	.venv/bin/python scripts/with-services .venv/bin/python manage.py makemigrations --check --dry-run --settings=config.settings.test
	@.venv/bin/python scripts/run_tests.py $(ARGS)

lint: setup
	.venv/bin/ruff check $(wildcard $(SOURCES))

types: setup
	.venv/bin/mypy --strict $(PACKAGES)

bench: setup
	@.venv/bin/python scripts/with-services .venv/bin/python -m bench $(ARGS)

lock: setup
	.venv/bin/uv pip compile -q --no-header --universal --python-version 3.11 --generate-hashes --no-emit-index-url requirements.in -o requirements.txt
	.venv/bin/uv pip compile -q --no-header --universal --python-version 3.11 --generate-hashes --no-emit-index-url -c requirements.txt requirements-dev.in -o requirements-dev.txt
