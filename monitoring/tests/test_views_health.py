"""What machines ask of the web process."""

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from prometheus_client.parser import text_string_to_metric_families

from monitoring.metrics import pipeline_metrics
from monitoring.tests.factories import make_campaign, make_payment, make_site, make_town
from pipeline import switches


def refuse(execute, sql, params, many, context):
    raise OperationalError("the server closed the connection, password=secret")


def samples(body):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def test_healthz_answers_without_a_database(client):
    # No database mark: a query would fail this test.
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"alive\n")
    assert "no-cache" in answer["Cache-Control"]


@pytest.mark.django_db
def test_readyz_answers_while_the_pipeline_may_run(client):
    assert (client.get("/readyz").status_code, client.get("/readyz").content) == (200, b"ready\n")


@pytest.mark.django_db
def test_readyz_says_what_is_wrong(client, settings):
    settings.DISK_FLOOR_MB = 10**12
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.content.startswith(b"disk: unhealthy: Only ")


@pytest.mark.django_db
def test_readyz_names_the_part_and_no_more_to_strangers(client):
    with connection.execute_wrapper(refuse):
        answer = client.get("/readyz", REMOTE_ADDR="203.0.113.7")
    assert (answer.status_code, answer.content) == (503, b"database: unhealthy\n")


@pytest.mark.django_db
def test_metrics_are_the_figures_of_the_status(client, clock):
    make_town(clock.now())
    make_site(clock.now(), status="published")
    make_campaign(clock.now(), review_reason="Asks for consent")
    make_payment(clock.now(), "29.00")
    switches.pause("stage:campaigns", by="owner", why="a break", now=clock.now())
    answer = client.get("/metrics")
    found, figures = samples(answer.content), pipeline_metrics(clock.now())
    assert answer["Content-Type"].startswith("text/plain; version=")
    for group in ("grids", "sites", "campaigns"):
        for state, count in figures[group].items():
            name = (f"webmagic_{group}", state)
            assert found[name if name in found else (f"webmagic_{group}_{state}",)] == count
    assert (
        sum(found[key] for key in found if key[0] == "webmagic_businesses") == figures["businesses"]["total"]
    )
    assert found[("webmagic_businesses_total",)] == figures["businesses"]["total"] == 3
    assert found[("webmagic_customers",)] == 1
    assert found[("webmagic_revenue", "total")] == 29
    assert found[("webmagic_budget_limit", "grids")] == 40
    assert found[("webmagic_paused", "stage:campaigns")] == 1
    assert found[("webmagic_healthy", "disk")] == 1
    assert found[("webmagic_waiting", "approvals")] == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "sent", "status"),
    [
        ("", {}, 200),
        ("", {"REMOTE_ADDR": "::1"}, 200),
        ("", {"REMOTE_ADDR": "203.0.113.7"}, 401),
        ("", {"REMOTE_ADDR": ""}, 401),
        ("", {"HTTP_X_FORWARDED_FOR": "203.0.113.7"}, 401),  # a proxy on this machine
        ("secret", {}, 401),
        ("secret", {"HTTP_AUTHORIZATION": "Bearer wrong"}, 401),
        ("secret", {"HTTP_AUTHORIZATION": "Bearer secrét"}, 401),
        ("secret", {"HTTP_AUTHORIZATION": "Bearer secret", "REMOTE_ADDR": "203.0.113.7"}, 200),
    ],
)
def test_metrics_are_for_the_bearer_or_this_machine(client, settings, token, sent, status):
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", **sent).status_code == status


@pytest.mark.django_db
def test_metrics_of_a_broken_database_are_503(client):
    with connection.execute_wrapper(refuse):
        answer = client.get("/metrics")
    assert (answer.status_code, answer.content) == (503, b"The database does not answer.\n")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_only_reading_is_allowed(client, path):
    assert client.post(path).status_code == 405
