"""What the conductor shows: progress bars on a terminal, one line per event in a pipe."""

import sys
from typing import Any

from django.conf import settings
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from monitoring.conductor import StepReport, Watcher
from monitoring.cycle import Phase, Step
from pipeline.budgets import rows_per_run


class PlainWatcher(Watcher):
    """One line per step, for pipes and logs; nothing at all when quiet."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet

    def step_ends(self, phase: Phase, report: StepReport) -> None:
        if not self._quiet:
            result = f"FAILED {report.error}" if report.error else report.result
            sys.stdout.write(f"{phase.name}: {report.title}: {result} ({report.seconds:.1f} s)\n")
            sys.stdout.flush()


class RichWatcher(Watcher):
    """A progress bar per step, filled by rows up to the step's limit."""

    def __init__(self) -> None:
        self._console = Console()
        self._progress: Progress | None = None
        self._bar: TaskID | None = None

    def step_begins(self, phase: Phase, step: Step) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<24}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        total = rows_per_run(step.task) if step.task in settings.LIMITS else None
        self._bar = self._progress.add_task(step.title, total=total)
        self._progress.start()

    def row_done(self, stage: str, row: str, result: str) -> None:
        if self._progress is not None and self._bar is not None:
            self._progress.advance(self._bar)

    def step_ends(self, phase: Phase, report: StepReport) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
        mark = "[red]✗[/red]" if report.error else "[green]✓[/green]"
        self._console.print(f"{mark} {report.title:<24} ", end="")
        self._console.print(report.error or report.result, markup=False, highlight=False)


def print_status(status: dict[str, Any], *, steps: list[StepReport]) -> None:
    """Print the state of the pipeline as a small table."""
    console = Console()
    health = status["health"]
    colour = {"ok": "green", "degraded": "yellow"}.get(health["state"], "red")
    console.print(f"Health: [{colour}]{health['state']}[/{colour}]. ", end="")
    console.print(health["text"], markup=False, highlight=False)
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, line in _lines(status):
        table.add_row(name, line)
    console.print(table)
    for url in status["newest_sites"]:
        console.print(f"Online       {url}", markup=False, highlight=False, soft_wrap=True)
    failed = [step for step in steps if step.error]
    if failed:
        console.print(f"[red]{len(failed)} of {len(steps)} steps failed; see conductor.log[/red]")


def _lines(status: dict[str, Any]) -> list[tuple[str, str]]:
    lines = []
    for name in ("territories", "grids", "businesses", "sites", "campaigns", "customers"):
        parts = [f"{count} {word.replace('_', ' ')}" for word, count in status[name].items() if count]
        lines.append((name.capitalize(), ", ".join(parts) or "none yet"))
    revenue = status["revenue"]
    lines.append(("Revenue", f"{revenue['today']} {revenue['currency']} today, {revenue['total']} in all"))
    used = [f"{name} {each['used']:g} of {each['limit']:g}" for name, each in status["budgets"].items()]
    lines.append(("Today", ", ".join(used)))
    lines += [
        ("Paused", f"{switch['scope']} by {switch['by']}: {switch['why']}") for switch in status["switches"]
    ]
    letters = [f"{count} {name}" for name, count in status["dead_letters"].items() if count]
    if letters:
        lines.append(("Gave up", ", ".join(letters)))
    return lines
