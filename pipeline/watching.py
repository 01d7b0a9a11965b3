"""Who keeps an eye on the workers: each cluster on its sisters, and a conductor that waits on all of them.

The beat cannot: it is run by a worker, once a minute, and dies with it.
"""

from datetime import datetime, timedelta
from typing import Final

from pipeline.incidents import open_incident
from pipeline.models import ClusterHeartbeat, Incident
from pipeline.queue import answers

SILENT = "workers"  # the kind of the incident; its key is the queue
# What was silent before anybody watched was switched off with the rest of the machine, and is no news.
NEWS_WITHIN: Final = timedelta(minutes=10)
TITLE: Final = "No worker answers on {queue}"
DETAIL: Final = (
    "Its tasks are done by the other workers and by the conductor, more slowly. "
    "Start it again, or look into worker.log for why it stopped."
)


def report_silent(*, now: datetime) -> list[str]:
    """Open an incident for each cluster that was heard of lately and is not any more; returns their queues.

    A cluster that was stopped on purpose has signed off and is none of them.
    """
    silent = [each.queue for each in ClusterHeartbeat.objects.order_by("queue") if _fell_silent(each, now)]
    for queue in silent:
        if not Incident.objects.filter(kind=SILENT, key=queue, resolved_at__isnull=True).exists():
            open_incident(SILENT, queue, title=TITLE.format(queue=queue), detail=DETAIL, now=now)
    return silent


def _fell_silent(heartbeat: ClusterHeartbeat, now: datetime) -> bool:
    announced = heartbeat.announced_at
    return announced is not None and announced > now - NEWS_WITHIN and not answers(heartbeat, now=now)
