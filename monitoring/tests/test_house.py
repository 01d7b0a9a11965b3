"""The house itself: who points to whom, which tasks exist and how they are set, and what may not be in the code."""

import ast
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from honcho.environ import parse_procfile

from businesses.models import Business
from campaigns.models import Campaign
from monitoring.cycle import PHASES, STAGES, TASKS
from monitoring.tests.processes import manage
from pipeline.models import WorkItem
from pipeline.queue import DEFAULT_QUEUE, QUEUES
from pipeline.states import work_item_models
from sites.models import Site
from territories.models import CoverageGrid

ROOT = Path(settings.BASE_DIR)
# What measurements look at and send to: processes of their own, and no part of the product.
FAR_SIDES = ("businesses/web_bench_server.py", "campaigns/mail_sink.py")
ROOMS = [
    "pipeline",
    "territories",
    "businesses",
    "websites",
    "campaigns",
    "customers",
    "monitoring",
]  # app labels
FOLDERS = ["sites" if room == "websites" else room for room in ROOMS]
STAGE = {stage.name: stage for stage in STAGES}
MODELS = [model for model in apps.get_models() if model._meta.app_label in ROOMS]
WORK_ITEMS = [model for model in work_item_models() if model._meta.app_label in ROOMS]

# task: (room, queue, schedule, rows a run)
TABLE = {
    "scrape_territory": ("businesses", "scraping", None, None),
    "scrape_pending_territories": ("businesses", "scraping", "every 6 h", 10),
    "qualify_new_leads": ("businesses", "scraping", "every 30 min", 100),
    "cleanup_expired_cooldowns": ("territories", "scraping", "daily 03:00", None),
    "generate_site_for_business": ("sites", "generation", None, None),
    "generate_pending_sites": ("sites", "generation", "every 1 h", 5),
    "publish_completed_sites": ("sites", "generation", "every 15 min", 10),
    "retry_failed_generations": ("sites", "generation", "every 1 h", 3),
    "send_campaign": ("campaigns", "campaigns", None, None),
    "create_campaign_for_site": ("campaigns", "campaigns", None, None),
    "send_pending_campaigns": ("campaigns", "campaigns", "every 30 min", 20),
    "create_campaigns_for_new_sites": ("campaigns", "campaigns", "every 30 min", 10),
    "retry_failed_campaigns": ("campaigns", "campaigns", "every 1 h", 5),
    "health_check": ("monitoring", "monitoring", "every 5 min", None),
    "cleanup_stuck_tasks": ("monitoring", "monitoring", "every 15 min", None),
    "generate_daily_report": ("monitoring", "monitoring", "daily 06:00", None),
    "alert_on_failures": ("monitoring", "monitoring", "every 15 min", None),
    "beat": ("monitoring", "monitoring", "every 1 min", None),
}


def modules(*, tests: bool = False) -> list[Path]:
    """Return the modules of the product, without migrations."""
    found = chain.from_iterable((ROOT / folder).rglob("*.py") for folder in [*FOLDERS, "webmagic"])
    return [path for path in found if "migrations" not in path.parts and ("tests" in path.parts) is tests]


def imports(path: Path) -> set[str]:
    """Return the full names that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{each.name}" for each in node.names}
    return names


# ---------------------------------------------------------------------------------------------------- the rooms


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_model_points_to_its_own_room_or_an_earlier_one(model: Any) -> None:
    own = ROOMS.index(model._meta.app_label)
    targets = [
        field.related_model for field in model._meta.get_fields() if field.is_relation and field.concrete
    ]
    for target in targets:
        assert target._meta.app_label in ROOMS[: own + 1], (
            f"{model._meta.label} points to {target._meta.label}"
        )


def test_every_room_is_there_and_has_models() -> None:
    assert {model._meta.app_label for model in MODELS} == set(ROOMS)


# ---------------------------------------------------------------------------------------------------- the tasks


@pytest.mark.parametrize("name", TABLE)
def test_task_has_the_room_queue_and_schedule_of_the_design(name: str) -> None:
    spec = {spec.name: spec for spec in TASKS}[name]
    schedule = str(spec.schedule) if spec.schedule else None
    assert spec.path == f"{TABLE[name][0]}.tasks.{name}"
    assert (spec.queue, schedule) == TABLE[name][1:3]


@pytest.mark.parametrize("name", TABLE)
def test_task_takes_as_many_rows_a_run_as_the_design_says(name: str) -> None:
    assert settings.LIMITS.get(name) == TABLE[name][3]


def test_no_task_is_missing_and_none_was_added() -> None:
    assert [spec.name for spec in TASKS] == list(TABLE)


def test_each_task_of_one_row_takes_its_id() -> None:
    assert {spec.name for spec in TASKS if spec.takes_id} == {
        "scrape_territory",
        "generate_site_for_business",
        "send_campaign",
        "create_campaign_for_site",
    }


@pytest.mark.parametrize(
    ("stage", "retries", "minutes"),
    [("scrape", 3, 5), ("generate", 2, 10), ("write", 3, 5), ("send", 3, 5)],
)
def test_stage_retries_as_promised(stage: str, retries: int, minutes: int) -> None:
    assert (STAGE[stage].retries, STAGE[stage].retry_delay) == (retries, timedelta(minutes=minutes))


def test_every_stage_retries() -> None:
    for stage in STAGES:
        assert stage.retries >= 2
        assert stage.retry_delay >= timedelta(minutes=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stage", "row", "becomes"),
    [
        ("scrape", CoverageGrid(pk=1), "pending"),
        ("generate", Site(pk=1), "failed"),
        ("send", Campaign(pk=1), "draft"),
        ("write", Campaign(pk=1), "draft"),
        ("qualify", Business(pk=1), "new"),
        ("publish", Site(pk=1), "completed"),
    ],
)
def test_stuck_row_becomes_what_the_design_says(stage: str, row: WorkItem, becomes: str) -> None:
    assert STAGE[stage].stuck(row) == becomes


def test_day_budgets_are_what_the_schedules_imply() -> None:
    assert settings.DAY_BUDGETS == {"grids": 40, "sites": 120, "mails": 960}
    for stage, budget in {"scrape": "grids", "generate": "sites", "send": "mails"}.items():
        assert STAGE[stage].budget == budget


def test_limits_of_time_are_those_of_the_mission() -> None:
    assert (settings.TASK_HARD_LIMIT, settings.TASK_SOFT_LIMIT, settings.CLAIM_LEASE) == (3600, 3300, 7200)
    assert settings.Q_CLUSTER["timeout"] == settings.TASK_HARD_LIMIT


def test_worker_takes_one_task_at_a_time() -> None:
    for conf in [settings.Q_CLUSTER, *settings.Q_CLUSTER["ALT_CLUSTERS"].values()]:
        assert conf["queue_limit"] == 1
    assert settings.Q_CLUSTER["bulk"] == 1


def test_cycle_runs_in_the_order_of_the_mission() -> None:
    assert [(phase.name, [step.task for step in phase.steps]) for phase in PHASES] == [
        ("health", ["health_check", "alert_on_failures"]),
        ("cleanup", ["cleanup_stuck_tasks", "beat"]),
        ("scraping", ["cleanup_expired_cooldowns", "scrape_pending_territories", "qualify_new_leads"]),
        ("generation", ["retry_failed_generations", "generate_pending_sites", "publish_completed_sites"]),
        ("campaigns", ["create_campaigns_for_new_sites", "retry_failed_campaigns", "send_pending_campaigns"]),
        ("report", ["generate_daily_report"]),
    ]


# --------------------------------------------------------------------------------------------------- the states


@pytest.mark.parametrize("model", WORK_ITEMS, ids=lambda model: model.__name__)
def test_every_status_is_in_the_constraint_and_the_table(model: Any) -> None:
    known = {str(status) for status in model.Status.values}
    checks = [each for each in model._meta.constraints if each.name.endswith("_status_known")]
    assert [set(check.condition.children[0][1]) for check in checks] == [known]
    assert {str(status) for status in model.TRANSITIONS} == known


def test_page_of_the_states_is_current(tmp_path: Path) -> None:
    done = manage(["statemachine", "--check"], tmp_path)  # without the models that only tests have
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", *ROOMS, verbosity=0)


# ------------------------------------------------------------------------------------------------ the processes


@pytest.mark.parametrize("name", ["Procfile", "Procfile.scaled"])
def test_procfile_has_release_web_worker_and_conductor(name: str) -> None:
    lines = dict(parse_procfile((ROOT / name).read_text()).processes)
    assert list(lines)[:2] == ["release", "web"]
    assert lines["worker"] == "python manage.py qcluster"
    assert lines["conductor"].startswith("python manage.py conductor --mode continuous --interval 300")
    assert "sync_schedules" in lines["release"]


def test_every_queue_has_its_cluster_in_the_scaled_procfile() -> None:
    lines = dict(parse_procfile((ROOT / "Procfile.scaled").read_text()).processes)
    assert {spec.queue for spec in TASKS} == set(QUEUES)
    for queue in set(QUEUES) - {DEFAULT_QUEUE}:
        assert lines[queue] == f"env Q_CLUSTER_NAME={queue} python manage.py qcluster"
        assert queue in settings.Q_CLUSTER["ALT_CLUSTERS"]


# ----------------------------------------------------------------------------------------------------- the code


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_named_and_built_as_the_house_is(path: Path) -> None:
    relative = path.relative_to(ROOT)
    words = {*relative.parts[:-1], path.stem}
    assert not words & {"utils", "helpers", "services", "common", "misc"} or "bank" in words
    assert not {word for word in words if word.endswith(("_v2", "_enhanced", "_sync", "_new", "_old"))}
    forbidden = ("django.db.models.signals", "django.dispatch", "django.core.signals", "asyncio", "asgiref")
    if str(relative) in FAR_SIDES:
        return
    assert {name for name in imports(path) if name.startswith(forbidden)} == set()
    tree = ast.parse(path.read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.Await)]
    if "bank" not in words:  # the bank holds sentences, not code
        assert len(path.read_text().splitlines()) <= 450
