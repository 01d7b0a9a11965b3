"""Workers on strings: each runs real code in a thread of its own, but only when told, from one stop to the next.

One thread runs at a time and all share one database connection, so a test decides every interleaving. A worker that is
left standing is a paused process; one that is killed never moves again.
"""

import threading
from collections.abc import Callable

from django.db import connections

from pipeline import faults
from pipeline.tests.owners import Worker, becomes

PATIENCE = 60.0  # seconds until a puppet that does not come to a stop counts as hanging
# Not "planned": it lies inside a transaction, and all puppets share one.
STOPS = {"claim.taken", "calling", "called", "recorded", "applied"}
END = "end"

_puppets: dict[int, "Puppet"] = {}


class Abandoned(BaseException):
    """Unwinds the thread of a killed puppet when the play is over."""


class Puppet:
    """One worker process of the play."""

    def __init__(self, work: Callable[["Puppet"], object]) -> None:
        self.worker = Worker()
        self.at = ""
        self.is_dead = False
        self.has_lost_its_lock = False
        self.error: BaseException | None = None
        self._work = work
        self._go = threading.Semaphore(0)
        self._stands = threading.Semaphore(0)
        self._is_over = False
        self._connection = connections["default"]
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def step(self) -> None:
        """Move on to the next stop, or to the end."""
        with self.worker.at_work():
            self._go.release()
            assert self._stands.acquire(timeout=PATIENCE), f"A puppet hangs after {self.at}"
        if self.error is not None:
            raise self.error

    def stop(self, name: str) -> None:
        """Stand still until told to move on; called from the puppet's own thread."""
        self.at = name
        self._stands.release()
        self._go.acquire()
        if self._is_over:
            raise Abandoned

    def lose_lock(self) -> None:
        """Be taken for dead and not know it."""
        self.has_lost_its_lock = True
        self.worker.die()
        assert becomes(False, self.worker.name)

    def kill(self) -> None:
        """Never move again."""
        self.is_dead = True
        self.lose_lock()

    def bury(self) -> None:
        """End the thread, without a trace in the database."""
        self._is_over = True
        self._connection = None
        if self.at != END:
            self._go.release()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        self.worker.die()

    def _live(self) -> None:
        _puppets[threading.get_ident()] = self
        self._go.acquire()
        try:
            if not self._is_over:
                connections["default"] = self._connection
                self._work(self)
        except Abandoned:
            pass
        except BaseException as error:
            self.error = None if self._is_over else error
        finally:
            del _puppets[threading.get_ident()]
            self.at = END
            self._stands.release()


def pull_strings() -> None:
    """Make every puppet stop at every point that it passes."""

    def stop(name: str) -> None:
        puppet = _puppets.get(threading.get_ident())
        if puppet is not None and name in STOPS:
            puppet.stop(name)

    faults.watch(stop)


def stop_here(name: str) -> None:
    """Let the puppet that runs this stand still, wherever that is."""
    _puppets[threading.get_ident()].stop(name)
