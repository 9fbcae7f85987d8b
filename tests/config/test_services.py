"""The starter of private servers: what it offers, what it refuses, what it leaves behind."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
WITH_SERVICES = [sys.executable, str(ROOT / "scripts" / "with-services")]
SHOW = [sys.executable, "-c", "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"]


@pytest.fixture
def starter(monkeypatch):
    """The modules of scripts/, which are no package of the application."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import host
    import postgres

    yield {"host": host, "postgres": postgres}
    for name in ("host", "postgres"):
        sys.modules.pop(name, None)


@pytest.fixture
def folder():
    """A folder that the servers' own account can enter, which pytest's tmp_path is not."""
    made = Path(tempfile.mkdtemp(prefix="casework-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def cluster(starter, folder):
    """A lasting cluster of ours, as the demo has one."""
    module, account = starter["postgres"], starter["host"].Account.unprivileged()
    binaries = (module.from_wheel() + module.installed())[0]
    started = []

    def make():
        started.append(module.Server(binaries, folder / "pg", account, durable=False))
        return started[-1]

    yield make
    for server in started:
        server.stop()


def run(*command: str, **environment: str) -> subprocess.CompletedProcess:
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "SERVERS"}}
    return subprocess.run(
        [*WITH_SERVICES, *command], env=env | environment, capture_output=True, text=True, timeout=60
    )


class TestWithServices:
    def test_uses_the_servers_it_is_given(self):
        done = run(*SHOW, DATABASE_URL="postgresql://here", REDIS_URL="redis://there")

        assert done.stdout.splitlines()[-1] == "postgresql://here redis://there"
        assert "PostgreSQL = DATABASE_URL; Redis = REDIS_URL" in done.stdout

    def test_ends_as_the_command_ended(self):
        assert run("sh", "-c", "exit 7", DATABASE_URL="x", REDIS_URL="y").returncode == 7

    def test_fails_where_no_server_can_be_had(self):
        done = run("true", SERVERS="nowhere")

        assert done.returncode == 1
        assert "error: no PostgreSQL 15 or later" in done.stderr
        assert "Traceback" not in done.stderr

    def test_brings_its_own_and_takes_them_away(self):
        done = run(*SHOW)

        database, redis = done.stdout.splitlines()[-1].split()
        assert redis.startswith("redis://:")
        assert not Path(database.split("host=")[1]).exists()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(database, connect_timeout=2)


class TestTheCluster:
    def test_is_reached_by_a_role_without_special_rights(self, cluster):
        server = cluster()
        server.start()

        with psycopg.connect(server.url) as connection:
            rights = "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
            assert connection.execute(rights).fetchone() == (False, True, False)
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)

    def test_keeps_its_data_from_one_start_to_the_next(self, cluster):
        first = cluster()
        first.start()
        with psycopg.connect(first.url) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        first.stop()

        second = cluster()
        second.start()

        with psycopg.connect(second.url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)

    def test_ends_a_server_that_was_left_over(self, cluster):
        left_over = cluster()
        left_over.start()

        cluster().start()

        assert left_over.child.ended

    def test_survives_a_pid_file_whose_number_is_a_stranger_s(self, cluster):
        server = cluster()
        server.start()
        server.child.process.send_signal(signal.SIGKILL)
        server.child.process.wait()
        lines = (server.data / "postmaster.pid").read_text().splitlines()
        (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

        again = cluster()
        again.start()

        assert again.sql("SELECT 1") == "1"

    def test_dies_with_the_process_that_started_it(self, folder):
        env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        url_file = folder / "url"
        command = f"echo $DATABASE_URL > {url_file}; exec sleep 60"
        supervisor = subprocess.Popen([*WITH_SERVICES, "sh", "-c", command], env={**env, "TMPDIR": str(folder)},
                                      stdout=subprocess.DEVNULL)
        while not url_file.exists() or not (url := url_file.read_text().strip()):
            assert supervisor.poll() is None
            time.sleep(0.05)

        supervisor.kill()
        supervisor.wait()

        gone = time.monotonic() + 20
        while time.monotonic() < gone:
            try:
                psycopg.connect(url, connect_timeout=2).close()
            except psycopg.OperationalError:
                return
            time.sleep(0.1)
        pytest.fail("PostgreSQL outlived the process that started it")
