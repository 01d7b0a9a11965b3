"""manage.py qcluster: starts the workers (django-q2's command, with our cluster behind it)."""

import sys
from typing import Any

from django.core.management.base import CommandError
from django.db import connection
from django_q.management.commands.qcluster import Command as DjangoQCommand

from pipeline.cluster import preload, queue_name, serve
from pipeline.logs import log_to_file
from pipeline.queue import QUEUES


class Command(DjangoQCommand):  # type: ignore[misc]  # django-q2 has no types
    help = "Start workers. Q_CLUSTER_NAME=scraping|generation|campaigns starts a specialised cluster."

    def handle(self, *args: Any, **options: Any) -> None:
        if options.get("cluster_name"):
            raise CommandError(
                "--name is ignored on Linux. Use Q_CLUSTER_NAME=NAME manage.py qcluster instead."
            )
        if queue_name() not in QUEUES:
            raise CommandError(f"There is no queue {queue_name()!r}. There are: {', '.join(QUEUES)}.")
        connection.ensure_connection()  # a database that is away is one line here, and a broken cluster later
        log_to_file("worker", one_process=False)
        preload()
        sys.exit(serve(run_once=bool(options.get("run_once"))))
