"""Workers instead of the conductor: real clusters, one of them killed in mid-work, and the same end."""

import os
import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240  # seconds for one stage, on a busy machine

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]


class Installation:
    """An installation of its own: database, broker, folders; its commands run as processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "webmagic.settings",
            "ENV_FILE": "",
            "SECRET_KEY": secrets.token_hex(32),
            "VAR_DIR": str(folder),
            "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
            "REDIS_URL": os.environ.get("TEST_REDIS_URL", ""),
            "CLAIM_FREE_AFTER": "3",
            "GENERATE_LIMIT": "10",
            "PUBLISH_LIMIT": "100",
            "CREATE_CAMPAIGNS_LIMIT": "100",
            "SEND_LIMIT": "100",
            "PYTHONWARNINGS": "ignore",
        }
        self.database = ""
        if self.environment["DATABASE_URL"]:
            self.database = f"workers_{secrets.token_hex(6)}"
            self._on_server(f"CREATE DATABASE {self.database}")
            parts = urlsplit(self.environment["DATABASE_URL"])
            self.environment["DATABASE_URL"] = parts._replace(path=f"/{self.database}").geturl()
        else:
            self.environment["DATABASE_URL"] = f"sqlite:///{folder / 'workers.sqlite3'}"
        self.clusters: list[subprocess.Popen[bytes]] = []

    def manage(self, *arguments: str) -> str:
        """Run a command to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, code: str) -> str:
        """Run a few lines in a shell of the installation and return what they printed."""
        return self.manage("shell", "--no-imports", "-v0", "-c", code).strip()

    def start_cluster(self, name: str = "") -> subprocess.Popen[bytes]:
        """Start workers, the default ones or those of one queue, as a process group."""
        environment = self.environment | ({"Q_CLUSTER_NAME": name} if name else {})
        with (self.folder / f"cluster-{name or 'default'}.out").open("ab") as log:
            cluster = subprocess.Popen(
                [sys.executable, "manage.py", "qcluster"],
                cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.clusters.append(cluster)
        return cluster

    def close(self) -> None:
        """End every process and drop the database."""
        for cluster in self.clusters:
            if cluster.poll() is None:
                os.killpg(cluster.pid, signal.SIGTERM)
        for cluster in self.clusters:
            try:
                cluster.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(cluster.pid, signal.SIGKILL)
                cluster.wait(10)
        if self.database:
            self._on_server(f"DROP DATABASE {self.database} WITH (FORCE)")

    def _on_server(self, statement: str) -> None:
        parts = urlsplit(os.environ["TEST_DATABASE_URL"])
        host = (
            dict(pair.split("=", 1) for pair in parts.query.split("&") if pair).get("host") or parts.hostname
        )
        connection = psycopg2.connect(
            host=host,
            port=parts.port,
            user=parts.username,
            password=parts.password,
            dbname=parts.path.strip("/"),
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    made.close()


# Rings a task until something is true, in one process: starting Django for each look would take longer than the
# work. A slot that was served is moved into the past, as if its period were over, so that its task is due again.
DRIVER = """
import itertools, sys, time
from datetime import timedelta
from django.db.models import F
from pipeline.queue import ring
from pipeline.models import ScheduleSlot
from businesses.models import Business
from sites.models import Site
from campaigns.models import Campaign

days = itertools.count({start})

def until(task, condition):
    end = time.monotonic() + {patience}
    while not condition():
        if time.monotonic() > end:
            sys.exit("waited in vain for " + task)
        for name in (task, "beat"):
            slots = ScheduleSlot.objects.filter(task=name)
            if not slots.filter(status__in=["due", "running"]).exists():
                slots.exclude(slot__lt="2026-01-01").update(slot=F("slot") - timedelta(days=3000 + next(days)))
            ring(name)
        time.sleep(1)
"""
SCRAPE_AND_QUALIFY = (
    DRIVER
    + """
until("scrape_pending_territories", lambda: Business.objects.count() == 66)
# Whose look settled nothing stays new until another day.
until("qualify_new_leads", lambda: not Business.objects.filter(status="new", unsettled_looks=0).exists())
print(Business.objects.filter(status="qualified").count())
"""
)
BUILD_SOME = (
    DRIVER
    + """
until("generate_pending_sites", lambda: Site.objects.filter(version__isnull=False).count() >= 3)
print(Site.objects.filter(version__isnull=False).count())
"""
)
FINISH = (
    DRIVER
    + """
leads = Business.objects.filter(status="qualified").count()
until("generate_pending_sites", lambda: Site.objects.filter(version__isnull=False).count() == leads)
until("publish_completed_sites", lambda: Site.objects.filter(status="published").count() == leads)
until("create_campaigns_for_new_sites", lambda: Campaign.objects.filter(written_at__isnull=False).count() == leads)
until("send_pending_campaigns", lambda: Campaign.objects.filter(status="sent").count() == leads)
print(leads)
"""
)


def test_workers_reach_the_same_end_though_one_cluster_is_killed(installation: Installation) -> None:
    installation.manage("migrate", "-v0")
    installation.manage("first_run")
    installation.start_cluster()
    victim = installation.start_cluster("generation")

    assert installation.ask(SCRAPE_AND_QUALIFY.format(start=0, patience=PATIENCE)) == "27"
    built = int(installation.ask(BUILD_SOME.format(start=500, patience=PATIENCE)))
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    assert built >= 3
    assert installation.ask(FINISH.format(start=1000, patience=PATIENCE)) == "27"

    mails = list((installation.folder / "outbox").glob("*.eml"))
    recipients = Counter(
        line for mail in mails for line in mail.read_text().splitlines() if line.startswith("To: ")
    )
    assert len(mails) == 27
    assert set(recipients.values()) == {1}
    assert len(list((installation.folder / "sites").iterdir())) == 27
    assert "invariants hold" in installation.manage("doctor")
