"""Where the rows behind a number are listed: the records of the admin, filtered as the number counts them."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from monitoring.flows import FLOWS


def records(model: str, **filters: Any) -> str:
    """Return the address of a model's records, filtered as the admin does."""
    return reverse(f"admin:{model}_changelist") + (f"?{urlencode(filters)}" if filters else "")


def flow_records(name: str, start: datetime | None, end: datetime) -> str:
    """Return the address of exactly those rows that the count `name` (monitoring/flows.py) counts in [start, end).

    Without `start` those of all times.
    """
    flow = FLOWS[name]
    filters = {f"{column}__exact": value for column, value in flow.only.items()}
    if start:
        filters[f"{flow.at}__gte"] = start.isoformat()
    filters[f"{flow.at}__lt"] = end.isoformat()
    return records(f"{flow.model._meta.app_label}_{flow.model._meta.model_name}", **filters)
