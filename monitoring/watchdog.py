"""The watchdog outside: it is asked as long as work can go on, and alerts by itself when the asking stops.

Whatever watches from inside dies with the machine, so somebody elsewhere has to notice the silence.
"""

import logging

from django.conf import settings

from monitoring.health import check_health
from monitoring.notifiers.outgoing import ask
from pipeline.errors import Transient
from pipeline.runner import Run

logger = logging.getLogger(__name__)


def ask_watchdog(run: Run) -> bool:
    """Tell the watchdog that work can go on; False where none is named, work stands still, or it did not hear.

    No effect of the ledger: it costs nothing, changes nothing, and a lost one is what the watchdog is there for.
    """
    if not settings.HEARTBEAT_URL or not check_health(run).can_run:
        return False
    try:
        ask(settings.HEARTBEAT_URL)
    except Transient as error:
        logger.warning("%s", error)
        return False
    return True
