"""Makes the rows of a large installation out of a small one: every business of a town, with all that came of it,
is copied a number of times under new ids, by statements of PostgreSQL. Only for an installation made to be measured.
"""

from typing import Final

from django.db import connection, models

from businesses.models import Business, SourceRecord, WebsiteCheck
from campaigns.models import Campaign, Event, Message
from pipeline.models import Effect, TimelineEntry
from sites.models import Site, SiteVersion
from territories.models import CoverageGrid

STRIDE: Final = 10_000  # between the ids of two copies; the town has fewer rows of every kind
STEPS: Final = 5  # mails of one campaign
EVENTS: Final = 5  # of one mail
DAYS: Final = 365  # over which the copies are spread
BODY: Final = "Subject: A website for you"

# Each copy is a town of its own, three kilometres from the next, in rows of two hundred.
LAT: Final = "(lat + (n %% 200) * 0.03)"
LON: Final = "(lon + (n / 200) * 0.03)"

# In this order. What is found is copied with every business; what was made of it only as often as sites are asked for.
FOUND: Final[tuple[type[models.Model], ...]] = (CoverageGrid, Business, SourceRecord, WebsiteCheck)
MADE: Final[tuple[type[models.Model], ...]] = (Site, SiteVersion, Campaign, Message, Effect, TimelineEntry)
COPIED: Final[tuple[type[models.Model], ...]] = (*FOUND, *MADE)
# What must differ from copy to copy although no constraint says so, or is too large to be copied a million times.
CHANGED: Final[dict[type[models.Model], dict[str, str]]] = {
    CoverageGrid: {"depth": "depth + n %% 20", "south": "south - n * 1e-7"},
    Business: {
        "name": "left(name, 72) || ' ' || n",
        "name_key": "left(name_key, 72) || n",
        "lat": LAT,
        "lon": LON,
        "block": f"floor({LAT} * 1000)::int || ':' || floor({LON} * 1000)::int",
        "phone": "CASE WHEN phone = '' THEN '' ELSE left(phone, 12) || n END",
        "email": "CASE WHEN email = '' THEN '' ELSE n || email END",
        "website_domain": "CASE WHEN website_domain = '' THEN '' ELSE n || website_domain END",
    },
    SourceRecord: {"source_id": "source_id || '-' || n"},
    Campaign: {
        "recipient_hash": "md5(recipient_hash || n)",
        "company_hash": "CASE WHEN company_hash = '' THEN '' ELSE md5(company_hash || n) END",
    },
    Message: {
        "id": f"id + n * {STRIDE} + (step_no - 1) * 1000",
        "step": "step_no",
        "recipient_hash": "md5(recipient_hash || n)",
        "message_id": "message_id || '-' || n || '-' || step_no",
        "body": f"'{BODY}'::bytea",
        "reference": "''",
    },
    Effect: {  # what was paid or visible outside, without the raw answers
        "key": "key || '-' || n",
        "subject": "split_part(subject, ':', 1) || ':' || "
        f"(split_part(subject, ':', 2)::bigint + n::bigint * {STRIDE})",
        "response": "''",
    },
    TimelineEntry: {"row_id": f"row_id + n::bigint * {STRIDE}"},
}


def crowd(*, businesses: int, sites: int, first_copy: int = 1) -> int:
    """Copy the town until there are about so many businesses and sites, 5 mails a campaign and 5 events a mail.

    `first_copy`: where an earlier call ended; returns where this one did. Everything else stays single.
    """
    town = Business.objects.filter(pk__lt=STRIDE).count()
    made = max(Site.objects.filter(pk__lt=STRIDE).count(), 1)
    last, last_made = businesses // town, sites // made
    with connection.cursor() as cursor:
        # The copies refer to each other as the town's rows do: no constraint need be asked again.
        cursor.execute("SET session_replication_role = replica")
    for model in FOUND:
        _copy(model, first_copy, last)
    for model in MADE:
        _copy(model, first_copy, last_made)
    _add_events(first_copy)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")
        filled: tuple[type[models.Model], ...] = (*COPIED, Event)
        for table in (model._meta.db_table for model in filled):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) + 1 FROM {table}))"  # noqa: S608
            )
        cursor.execute("VACUUM ANALYZE")
    return last + 1


def _copy(model: type[models.Model], first: int, last: int) -> None:
    changed = CHANGED.get(model, {})
    table = model._meta.db_table
    values = {
        _column(field): changed.get(_column(field), _value(field)) for field in model._meta.concrete_fields
    }
    names = ", ".join(f'"{column}"' for column in values)
    steps = f", generate_series(1, {STEPS}) AS step_no" if model is Message else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values.values())} "  # noqa: S608 (our models' names)
            f"FROM {table}, generate_series(%s, %s) AS n{steps} WHERE id < {STRIDE}",
            [first, last],
        )


def _value(field: models.Field) -> str:  # type: ignore[type-arg]
    column = f'"{_column(field)}"'
    if field.primary_key or field.related_model in COPIED:
        return f"{column} + n::bigint * {STRIDE}"
    if isinstance(field, models.DateTimeField):
        return f"{column} - interval '1 day' * (n %% {DAYS})"
    if field.unique and isinstance(field, models.CharField):
        return f"{column} || '-' || n"
    return column


def _column(field: models.Field) -> str:  # type: ignore[type-arg]
    return str(field.column)


def _add_events(first: int) -> None:
    """Give each copied mail what the world does: delivered, opened twice, clicked, opened by a machine."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_event (message_id, kind, at, link, user_agent, network, method, actor, reasons, "
            "rule_version, detail) SELECT id, (ARRAY['delivered', 'opened', 'opened', 'clicked', 'opened'])[k], "
            "sent_at + interval '1 hour' * k, 0, 'Mail', '198.51.100.0/24', 'GET', "
            "(ARRAY['unknown', 'human', 'proxy', 'human', 'machine'])[k], '[]', 1, '{}' "
            "FROM campaigns_message, generate_series(1, %s) AS k WHERE id >= %s AND sent_at IS NOT NULL",
            [EVENTS, first * STRIDE],
        )
