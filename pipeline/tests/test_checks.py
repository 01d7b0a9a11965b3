"""System checks: what would fail silently at run time fails at the start."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from pipeline.checks import check_cluster_name, check_queue_settings
from pipeline.errors import error_text, storable


@pytest.mark.parametrize("name", ["webmagic", "scraping", "generation", "campaigns", None])
def test_cluster_name_that_names_a_queue_is_accepted(
    name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("Q_CLUSTER_NAME", raising=False)
    if name is not None:
        monkeypatch.setenv("Q_CLUSTER_NAME", name)
    assert check_cluster_name(None) == []


@pytest.mark.parametrize("name", ["scrapping", "monitoring", "", "default", "Scraping"])
def test_cluster_name_that_names_no_queue_is_an_error_in_one_line(
    name: str, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    monkeypatch.setenv("Q_CLUSTER_NAME", name)
    (problem,) = check_cluster_name(None)
    assert (problem.id, problem.msg) == ("pipeline.E001", f"Q_CLUSTER_NAME={name} names no queue.")
    assert "scraping, generation, campaigns" in str(problem.hint)
    with pytest.raises(SystemCheckError, match=r"pipeline\.E001"):
        call_command("check")


def test_settings_of_the_project_pass() -> None:
    assert check_queue_settings(None) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"retry": 7206}, "retry must be longer"),
        ({"workers": 1, "retry": 10_000}, "retry must be longer"),
        ({"queue_limit": 20}, "retry must be longer"),
        ({"timeout": 3700}, "timeout must not be longer"),
        ({"guard_cycle": 0.3}, "guard_cycle must be"),
        ({"save_limit": 250}, "save_limit must be -1"),
        ({"catch_up": True}, "catch_up must be off"),
        ({"max_attempts": 0}, "must not retry"),
        ({"ack_failures": False}, "must not retry"),
    ],
    ids=str,
)
@pytest.mark.parametrize("cluster", ["", "scraping"])
def test_queue_setting_with_a_trap_is_an_error(
    settings: Any, change: dict[str, Any], words: str, cluster: str
) -> None:
    conf = dict(django_settings.Q_CLUSTER)
    if cluster:
        alternatives = dict(conf["ALT_CLUSTERS"])
        alternatives[cluster] = alternatives[cluster] | change
        conf["ALT_CLUSTERS"] = alternatives
        words = words.replace(" must", f" (of {cluster}) must")
    else:
        alternatives = {name: {} for name in conf["ALT_CLUSTERS"]}
        conf |= change | {"ALT_CLUSTERS": alternatives}
    settings.Q_CLUSTER = conf
    problems = check_queue_settings(None)
    assert {problem.id for problem in problems} == {"pipeline.E002"}
    assert any(words in problem.msg for problem in problems)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("TASK_SOFT_LIMIT", 3600, "soft limit must be shorter"), ("CLAIM_LEASE", 3600, "lease of a claim must")],
)
def test_limit_that_makes_no_sense_is_an_error(settings: Any, name: str, value: int, words: str) -> None:
    setattr(settings, name, value)
    (problem,) = check_queue_settings(None)
    assert words in problem.msg


def test_error_is_told_by_its_message_or_its_class() -> None:
    assert error_text(ValueError("no such shop")) == "no such shop"
    assert error_text(ValueError()) == "ValueError"
    assert len(error_text(ValueError("x" * 900))) == 500


def test_storable_text_is_left_alone_unless_a_database_refuses_it() -> None:
    assert storable("Café\n東京 😀") == "Café\n東京 😀"
    assert storable("a\x00b\ud800") == "a\\x00b\\ud800"
