"""Takes in hits beside the web server's answers: one thread a process, in nobody's way who asks for a picture."""

import logging
import threading
import time

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections

from campaigns import hits

logger = logging.getLogger(__name__)

_wanted = threading.Event()
_starting = threading.Lock()
_thread: threading.Thread | None = None


def take_in_soon() -> None:
    """Let what is spooled be taken in within HITS_EVERY seconds; 0 leaves it to the beat."""
    global _thread
    if _wanted.is_set() or not settings.HITS_EVERY:
        return
    _wanted.set()
    with _starting:
        if _thread is None or not _thread.is_alive():
            # It may end with its process at any moment: what it has not taken in stays in the spool.
            _thread = threading.Thread(target=_take_in_for_ever, name="hits", daemon=True)
            _thread.start()


def _take_in_for_ever() -> None:
    while True:
        _wanted.wait()
        time.sleep(settings.HITS_EVERY)
        _wanted.clear()
        close_old_connections()
        try:
            hits.take_in()
        except (DatabaseTrouble, OSError) as error:
            logger.warning("Hits wait in their spool: %s", error)
            _wanted.set()
        except Exception:
            logger.exception("Hits wait in their spool, and something is wrong with them")
