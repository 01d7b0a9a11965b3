"""Log files: whatever a message holds, it is one line that a terminal can show."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import logs
from pipeline.logs import JsonFormatter, LineFormatter, about, log_to_file

EVERY_CONTROL = "".join(map(chr, [*range(32), *range(127, 160)]))


def formatted(message: str, *args: object, error: BaseException | None = None) -> str:
    record = logging.LogRecord("lab", logging.INFO, __file__, 1, message, args, None)
    if error is not None:
        record.exc_info = (type(error), error, error.__traceback__)
    return LineFormatter("{levelname} {message}", style="{").format(record)


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """The root logger, with the handlers it had before the test afterwards."""
    logger = logging.getLogger()
    before = list(logger.handlers)
    yield logger
    for handler in logger.handlers[:]:
        if handler not in before:
            logger.removeHandler(handler)
            handler.close()


def test_message_is_written_as_it_is() -> None:
    assert formatted("Café Zürich, 東京\tdone") == "INFO Café Zürich, 東京\tdone"


def test_control_characters_become_visible_and_stay_on_one_line() -> None:
    line = formatted("shop %s", EVERY_CONTROL + "\u2028\u2029\u202e\u2066")
    assert len(line.splitlines()) == 1
    assert not any(ord(mark) < 32 and mark != "\t" for mark in line)
    assert "\x1b" not in line
    assert "\\x1b" in line
    assert "\\x0a" in line
    assert "\\x202e" in line


def test_name_cannot_forge_a_line_of_its_own() -> None:
    assert formatted("shop %s", "A\n2026-03-02 INFO lab all is well") == (
        "INFO shop A\\x0a2026-03-02 INFO lab all is well"
    )


def test_traceback_is_indented_so_that_nothing_in_it_passes_for_an_event() -> None:
    try:
        raise ValueError("bad\nINFO all is well\x1b[2J\ud800")
    except ValueError as error:
        lines = formatted("it failed", error=error).split("\n")
    assert lines[0] == "INFO it failed"
    assert all(line.startswith("    ") for line in lines[1:])
    assert "    INFO all is well\\x1b[2J\\ud800" in lines


def test_text_that_no_encoding_takes_is_written_all_the_same() -> None:
    formatted("shop %s", "\ud800").encode()


@pytest.mark.parametrize("one_process", [True, False])
def test_log_goes_to_its_file(root_logger: logging.Logger, settings: Any, one_process: bool) -> None:
    path = log_to_file("worker", one_process=one_process)
    assert path == Path(settings.LOG_DIR) / "worker.log"
    logging.getLogger("lab").warning("shop %s", "東京\n\x1b\ud800")
    assert path.read_text(encoding="utf-8").endswith("WARNING lab shop 東京\\x0a\\x1b\\ud800\n")
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1


@pytest.mark.parametrize("one_process", [True, False])
def test_log_that_grew_too_long_is_rotated(
    root_logger: logging.Logger, settings: Any, one_process: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 1000)
    folder = Path(settings.LOG_DIR)
    folder.mkdir(parents=True)
    (folder / "conductor.log").write_text("old\n" * 300)
    path = log_to_file("conductor", one_process=one_process)
    logging.getLogger("lab").warning("new")
    assert path.read_text(encoding="utf-8").endswith("lab new\n")
    assert "old" not in path.read_text(encoding="utf-8")
    assert (folder / "conductor.log.1").read_text().startswith("old")


def as_json(message: str, *args: object, error: BaseException | None = None) -> dict[str, Any]:
    record = logging.LogRecord("lab", logging.WARNING, __file__, 1, message, args, None)
    if error is not None:
        record.exc_info = (type(error), error, error.__traceback__)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert line.isascii()
    return dict(json.loads(line))


def test_json_line_says_what_it_is_about() -> None:
    with about(request="abc"), about(stage="send", row="campaigns.campaign:7"):
        inside = as_json("shop %s", EVERY_CONTROL)
    assert inside["message"] == "shop " + EVERY_CONTROL.replace("\x00", "\\x00")
    assert {name: inside[name] for name in ("level", "logger", "request", "stage", "row")} == {
        "level": "WARNING",
        "logger": "lab",
        "request": "abc",
        "stage": "send",
        "row": "campaigns.campaign:7",
    }
    assert "row" not in as_json("outside")


def test_json_line_holds_the_trace() -> None:
    try:
        raise ValueError("first\nsecond \ud800")
    except ValueError as error:
        line = as_json("failed", error=error)
    assert "ValueError: first\nsecond \\ud800" in line["trace"]


def test_what_a_row_is_worked_on_is_in_its_lines(
    settings: Any, tmp_path: Path, root_logger: logging.Logger
) -> None:
    settings.LOG_FORMAT, settings.LOG_DIR = "json", tmp_path
    path = log_to_file("lab", one_process=True)
    with about(row="a:1"):
        logging.getLogger("lab").error("It failed")
    [line] = [json.loads(text) for text in path.read_text().splitlines()]
    assert (line["message"], line["row"]) == ("It failed", "a:1")
