"""manage.py conductor: runs the pipeline once or for ever, or says how it stands."""

import json
import logging
import signal
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseFault

from monitoring.conductor import Conductor, CycleReport, Exit, NotLeader
from monitoring.cycle import PHASES
from monitoring.progress import PlainWatcher, RichWatcher, print_status
from monitoring.status import pipeline_status
from pipeline.clock import SYSTEM_CLOCK
from pipeline.logs import log_to_file

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Run the pipeline: one cycle, or one every --interval seconds. Exit codes: 0 done, 1 a step failed, "
        "2 wrong use, 3 another conductor leads, 4 unhealthy."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mode", choices=["once", "continuous"], help="one cycle, or one after another")
        parser.add_argument("--interval", type=int, default=300, help="seconds from cycle to cycle (300)")
        parser.add_argument("--status", action="store_true", help="show how the pipeline stands and end")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--phase", choices=[phase.name for phase in PHASES], default="", help="run one phase only"
        )
        parser.add_argument("--dispatch", action="store_true", help="let the workers do the work")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["status"]:
            self._show_status(as_json=options["json"])
            return
        if options["mode"] is None:
            raise CommandError(
                "Say what to do: --mode once, --mode continuous or --status.", returncode=Exit.WRONG_USE
            )
        if options["interval"] < 1:
            raise CommandError("--interval takes seconds, 1 or more.", returncode=Exit.WRONG_USE)
        log_to_file("conductor", one_process=True)
        for handler in logging.getLogger().handlers:
            if type(handler) is logging.StreamHandler:
                handler.setLevel(
                    logging.CRITICAL
                )  # the progress says the rest; all of it is in conductor.log
        as_json = options["json"]
        watcher = RichWatcher() if sys.stdout.isatty() and not as_json else PlainWatcher(quiet=as_json)
        conductor = Conductor(watcher=watcher, phase=options["phase"], dispatch=options["dispatch"])
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: conductor.stop.set())
        try:
            sys.exit(self._lead(conductor, options))
        except NotLeader as error:
            raise CommandError(str(error), returncode=Exit.ANOTHER_LEADS) from error
        except DatabaseFault as error:
            logger.exception("The database failed")
            raise _no_database(error) from error

    def _lead(self, conductor: Conductor, options: dict[str, Any]) -> int:
        try:
            if options["mode"] == "continuous":
                last = conductor.run_for_ever(
                    interval=options["interval"], on_cycle=lambda report: self._end(report, options["json"])
                )
                return Exit.DONE if last is None or conductor.stop.is_set() else last.exit_code
            report = conductor.run_cycle()
            self._end(report, options["json"])
            return report.exit_code
        finally:
            conductor.leave()

    def _end(self, report: CycleReport, as_json: bool) -> None:
        if as_json:
            status = pipeline_status(SYSTEM_CLOCK.now())
            self.stdout.write(
                json.dumps({"steps": [step.__dict__ for step in report.steps], "status": status})
            )
        else:
            print_status(pipeline_status(SYSTEM_CLOCK.now()), steps=report.steps)

    def _show_status(self, *, as_json: bool) -> None:
        try:
            status = pipeline_status(SYSTEM_CLOCK.now())
        except DatabaseFault as error:
            raise _no_database(error) from error
        if as_json:
            self.stdout.write(json.dumps(status, indent=2))
        else:
            print_status(status, steps=[])


def _no_database(error: DatabaseFault) -> CommandError:
    said = " ".join(str(error).split())
    return CommandError(
        f"The database cannot be used ({said}). Check DATABASE_URL, and that manage.py migrate has run.",
        returncode=Exit.UNHEALTHY,
    )
