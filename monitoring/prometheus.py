"""The figures of the pipeline in the words of Prometheus, read at the moment they are asked for."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from monitoring.counting import count_each
from monitoring.health import check_health
from monitoring.metrics import failure_rates, pipeline_metrics, stopped_rows, waiting_rows
from pipeline.runner import Run

# Group of pipeline_metrics -> the entries of it that are no states, and so are metrics of their own.
_STATES = {
    "territories": ("total", "pending"),
    "grids": (),
    "businesses": ("total", "qualified_on_single_evidence"),
    "sites": (),
    "campaigns": ("opened", "clicked", "unsubscribed"),
}


def metrics_text(run: Run) -> bytes:
    """Return all figures in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Pipeline(run))
    return generate_latest(registry)


class _Pipeline(Collector):
    def __init__(self, run: Run) -> None:
        self._run = run

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = self._run.now()
        figures = pipeline_metrics(now)
        for group, others in _STATES.items():
            states = {name: count for name, count in figures[group].items() if name not in others}
            if states:
                yield _family(group, f"Rows of {group} by state", "state", states)
            for name in others:
                yield GaugeMetricFamily(
                    f"webmagic_{group}_{name}", f"{group}: {name}", value=figures[group][name]
                )
        yield GaugeMetricFamily("webmagic_customers", "Customers", value=figures["customers"]["total"])
        revenue = figures["revenue"]
        yield _family(
            "revenue",
            f"Money in, in {revenue['currency']}",
            "period",
            {period: float(revenue[period]) for period in ("today", "total")},
        )
        for part in ("used", "limit"):
            values = {name: each[part] for name, each in figures["budgets"].items()}
            yield _family(f"budget_{part}", f"Day budgets: {part}", "budget", values)
        yield _family(
            "paused", "Switches that are paused", "scope", {each["scope"]: 1 for each in figures["switches"]}
        )
        waiting, stopped = waiting_rows(), stopped_rows()
        counts = count_each(waiting | stopped)
        for name, about, kinds in (
            ("dead_letters", "Rows that gave up", stopped),
            ("waiting", "Rows that wait for a person", waiting),
        ):
            yield _family(name, about, "kind", {kind: counts[kind] for kind in kinds})
        rates = failure_rates(now)
        for word, counts in (
            ("ended", {stage: rate.ended for stage, rate in rates.items()}),
            ("failed", {stage: rate.failed for stage, rate in rates.items()}),
        ):
            yield _family(f"{word}_24h", f"Rows that {word} in the last 24 h", "stage", counts)
        states = {finding.part: finding.state == "ok" for finding in check_health(self._run).findings}
        yield _family("healthy", "1 where a part is in order", "part", states)


def _family(name: str, about: str, label: str, values: dict[str, Any]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"webmagic_{name}", about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], float(value))
    return family
