"""The spool: whoever is told that a line is safe has it on the disk, and many share one sync."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from campaigns import spool


def lines_of(paths: list[Path]) -> list[bytes]:
    return [line for path in paths for line in path.read_bytes().split(b"\n") if line]


def test_lines_that_come_while_the_disk_is_busy_share_the_next_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []

    def slowly(file: int) -> None:
        time.sleep(0.2)
        synced.append(os.fstat(file).st_size)

    monkeypatch.setattr(os, "fdatasync", slowly)
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda number: spool.append(b"line %d" % number), range(20)))
    assert sorted(lines_of(spool.set_aside())) == sorted(b"line %d" % number for number in range(20))
    assert len(synced) < 10


def test_nobody_is_told_that_a_line_is_safe_before_it_is_synced(monkeypatch: pytest.MonkeyPatch) -> None:
    may_go = threading.Event()
    monkeypatch.setattr(os, "fdatasync", lambda file: may_go.wait(30))
    with ThreadPoolExecutor(3) as threads:
        told = [threads.submit(spool.append, b"line") for _ in range(3)]
        time.sleep(0.2)
        assert not [each for each in told if each.done()]
        may_go.set()
        assert [each.result(30) for each in told] == [None] * 3


def test_a_disk_that_fails_is_told_to_all_who_wait_and_not_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(file: int) -> None:
        time.sleep(0.1)
        raise OSError("No space left on device")

    with monkeypatch.context() as broken, ThreadPoolExecutor(4) as threads:
        broken.setattr(os, "fdatasync", fails)
        told = [threads.submit(spool.append, b"line") for _ in range(4)]
        assert {str(each.exception(30)) for each in told} == {"No space left on device"}
    spool.append(b"the next")
    assert lines_of(spool.set_aside())[-1] == b"the next"


def test_nothing_is_lost_while_the_spool_is_set_aside_again_and_again() -> None:
    done = threading.Event()

    def set_aside() -> None:
        while not done.is_set():
            spool.set_aside()

    aside = threading.Thread(target=set_aside)
    aside.start()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: spool.append(b"line %d" % number), range(400)))
    done.set()
    aside.join()
    assert sorted(lines_of(spool.set_aside())) == sorted(b"line %d" % number for number in range(400))


def test_a_file_is_in_one_hand_at_a_time() -> None:
    spool.append(b"line")
    [path] = spool.set_aside()
    with spool.in_hand(path) as first, spool.in_hand(path) as second:
        assert first is not None
        assert second is None
        path.unlink()
    with spool.in_hand(path) as after:
        assert after is None
