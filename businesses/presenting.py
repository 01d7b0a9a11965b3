"""What the leads' pages show, as plain values: rows, evidence, history, and whose data it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from businesses.categories import CATEGORIES
from businesses.leads import is_barred
from businesses.models import Business, SourceRecord
from businesses.provenance import field_origins
from businesses.searching import found_by
from businesses.sources.registry import get_source
from pipeline.models import TimelineEntry
from pipeline.searching import search_words
from territories.maps import bounds_of, tiles
from territories.models import Territory

ROWS: Final = 50
COUNTED: Final = 10_000  # more are not counted: "more than 10,000"
CHECKS_SHOWN: Final = 12
TIMELINE_SHOWN: Final = 30
RECORDS_SHOWN: Final = 30
TERRITORIES_OFFERED: Final = 200
BEST_FIRST: Final = (Business.Status.QUALIFIED, Business.Status.CALL_LIST)  # every one of them has a score
CHOICES: Final = ("state", "evidence", "website", "trade", "territory")

# A verdict on a website in words, with the tone and the icon of a pill.
WEBSITE_WORDS: Final[Mapping[str, tuple[str | Promise, str, str]]] = {
    "": (_("Not checked"), "off", "circle-dashed"),
    "none_known": (_("None known"), "off", "circle-minus"),
    "social_only": (_("Social page only"), "off", "users"),
    "directory": (_("Directory entry only"), "off", "list"),
    "dns_dead": (_("Name is gone"), "bad", "circle-x"),
    "parked": (_("Parked"), "bad", "circle-x"),
    "tls_broken": (_("Browsers warn"), "bad", "circle-x"),
    "http_error": (_("Answers with errors"), "bad", "circle-x"),
    "empty": (_("Empty"), "bad", "circle-x"),
    "ok": (_("Works"), "ok", "globe"),
    "not_mobile": (_("Works, not on phones"), "ok", "smartphone"),
    "outdated": (_("Works, outdated"), "ok", "clock"),
    "unknown": (_("Not known"), "wait", "circle-help"),
}
# What came of one try: it works or is theirs, it is broken, it settles nothing.
TRY_TONES: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(("works", "own_site"), ("ok", "circle-check")),
    **dict.fromkeys(("blocked", "busy", "timeout", "unreachable", "unsettled"), ("wait", "circle-help")),
    **dict.fromkeys(
        ("social", "directory", "somebody_else", "not_found", "nxdomain"), ("off", "circle-minus")
    ),
    **dict.fromkeys(("parked", "empty", "http_error", "refused", "tls"), ("bad", "circle-x")),
}
FACTS: Final = (
    ("name", _("Name")),
    ("category", _("Trade")),
    ("address", _("Address")),
    ("phone", _("Phone")),
    ("email", _("E-mail")),
    ("websites", _("Websites")),
    ("socials", _("Social pages")),
    ("opening_hours", _("Opening hours")),
    ("operating_status", _("Open or closed")),
    ("brand", _("Brand")),
    ("rating", _("Rating")),
    ("review_count", _("Reviews")),
    ("alive_on", _("Last seen alive")),
)
ALWAYS_SHOWN: Final = frozenset({"name", "category", "address", "phone", "email", "websites"})
ADDRESS: Final = ("street", "housenumber", "postcode", "city", "region", "country")


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose data a page shows: the words to show, where they lead ("" where nowhere), under which licence."""

    attribution: str
    url: str
    licence: str


def filter_leads(asked: Mapping[str, str]) -> QuerySet[Business]:
    """Return the leads that match: q (what businesses/searching.py finds), state, evidence, website, trade,
    territory (its id). What is not a value is left out."""
    found = Business.objects.filter(merged_into=None)
    if words := search_words(asked.get("q", "")):
        found = found.filter(found_by(words))
    state, evidence, website = (asked.get(name, "") for name in ("state", "evidence", "website"))
    if state in Business.Status.values:
        found = found.filter(status=state)
    if evidence in ("confirmed", "single"):
        found = found.filter(evidence=evidence)
    if website in WEBSITE_WORDS and website:
        found = found.filter(website_state=website)
    if (trade := asked.get("trade", "")) in CATEGORIES:
        found = found.filter(category=trade)
    if (territory := asked.get("territory", "")).isdecimal() and len(territory) < 18:
        found = found.filter(territory_id=int(territory))
    return found


def lead_list(asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the page of the list: rows, their figures, filters, whose data it is, and the ways on and back."""
    found = filter_leads(asked)
    if asked.get("q"):
        found = _searched_once(found)
    rows, newer, older = _page(found, asked)
    count = found.order_by()[: COUNTED + 1].count()
    single = found.filter(evidence="single").order_by()[: COUNTED + 1].count()
    return {
        "rows": [
            {"business": row, "website": _website_word(row.website_state), "trade": trade_of(row)}
            for row in rows
        ],
        "count": count,
        "counted_all": count <= COUNTED,
        "single": single,
        "asked": {name: asked.get(name, "") for name in ("q", *CHOICES)},
        "is_filtered": any(asked.get(name) for name in ("q", *CHOICES)),
        "choices": _choices(),
        "origins": origins_of(rows),
        "newer": newer,
        "older": older,
    }


def lead_page(business: Business) -> dict[str, Any]:
    """Return the page of one lead."""
    records = list(business.records.order_by("-is_current", "-last_seen_at", "-pk")[:RECORDS_SHOWN])
    return {
        **case_of(business),
        "may_change_mind": not is_barred(business),
        "records": records,
        "origins": _origins((record.source, record.attribution, record.licence) for record in records),
        "happened": list(
            TimelineEntry.objects.filter(model=business._meta.label_lower, row_id=business.pk).order_by(
                "-at", "-pk"
            )[:TIMELINE_SHOWN]
        ),
        "map": point_on_map(business),
    }


def case_of(business: Business) -> dict[str, Any]:
    """Return what is known of one business: the decision's lines, the facts with their sources, the looks."""
    return {
        "business": business,
        "trade": trade_of(business),
        "website": _website_word(business.website_state),
        "lines": [{**line, "is_verdict": not line.get("points")} for line in business.reasons],
        "doubts": [line["text"] for line in business.reasons if not line.get("points")],
        "address": _address_of(business),
        "facts": facts_of(business),
        "looks": looks_of(business),
    }


def facts_of(business: Business) -> list[dict[str, Any]]:
    """Return each fact with where it is from; what matters and is not known is listed as not known."""
    facts = []
    origins = field_origins(business.provenance)
    for field, name in FACTS:
        value = _address_of(business) if field == "address" else getattr(business, field)
        if value in ("", [], {}, None) and field not in ALWAYS_SHOWN:
            continue
        parts = ADDRESS if field == "address" else (field,)
        known = [origins[part] for part in parts if part in origins]
        origin: Mapping[str, Any] = known[0] if known else {}
        facts.append(
            {
                "name": name,
                "value": _spoken(business, field, value),
                "source": origin.get("source", ""),
                "also": ", ".join(map(str, origin.get("also", ()))),
                "licence": origin.get("licence", ""),
                "at": str(origin.get("at", ""))[:10],
            }
        )
    return facts


def looks_of(business: Business) -> list[dict[str, Any]]:
    """Return the latest looks at its website, newest first, each with its tries."""
    checks = business.website_checks.order_by("-checked_at", "-pk")[:CHECKS_SHOWN]
    return [
        {
            "check": check,
            "word": _website_word(check.state),
            "tries": [_try(each) for each in check.tries if isinstance(each, dict)],
        }
        for check in checks
    ]


def trade_of(business: Business) -> str:
    """Return the trade in words, "" where it is none of ours."""
    known = CATEGORIES.get(business.category)
    return known.name if known else business.category


def origins_of(businesses: Iterable[Business]) -> list[Origin]:
    """Return whose data these businesses are made of, in one query."""
    ids = [business.pk for business in businesses]
    said = SourceRecord.objects.filter(business__in=ids).values_list("source", "attribution", "licence")
    return _origins(said.order_by().distinct())


def point_on_map(business: Business) -> dict[str, Any]:
    """Return what the map script draws: the place in its territory."""
    land = business.territory
    return {
        "bounds": [business.lat - 0.01, business.lon - 0.015, business.lat + 0.01, business.lon + 0.015],
        "tiles": tiles(),
        "frames": [{"bounds": bounds_of(land), "label": land.name}],
        "points": [{"at": [business.lat, business.lon], "label": business.name}],
    }


@cache
def _attribution_urls() -> dict[str, str]:
    return {get_source(name).name: get_source(name).attribution_url for name in settings.SOURCES}


def _origins(said: Iterable[tuple[str, str, str]]) -> list[Origin]:
    urls = _attribution_urls()
    found = {Origin(words or source, urls.get(source, ""), licence) for source, words, licence in said}
    return sorted(found, key=lambda origin: (origin.attribution, origin.licence))


def _searched_once(found: QuerySet[Business]) -> QuerySet[Business]:
    """Return the same leads by their keys where they are few: a search that finds few has read the whole table."""
    keys = list(found.order_by().values_list("pk", flat=True)[: ROWS + 1])
    return found if len(keys) > ROWS else Business.objects.filter(pk__in=keys)


def _page(found: QuerySet[Business], asked: Mapping[str, str]) -> tuple[list[Business], str, str]:
    """Return the rows, and the cursors to what comes before and after them ("" where nothing does)."""
    best = asked.get("state", "") in BEST_FIRST
    forward = ("-score", "pk") if best else ("-pk",)
    backward = ("score", "-pk") if best else ("pk",)
    after, before = _cursor(asked.get("after", ""), best), _cursor(asked.get("before", ""), best)
    rows = found.select_related("territory")
    if before:
        taken = list(rows.filter(_beyond(before, best, back=True)).order_by(*backward)[: ROWS + 1])
        shown = taken[:ROWS][::-1]
        return (
            shown,
            _name(shown[0], best) if len(taken) > ROWS else "",
            _name(shown[-1], best) if shown else "",
        )
    if after:
        rows = rows.filter(_beyond(after, best, back=False))
    taken = list(rows.order_by(*forward)[: ROWS + 1])
    shown = taken[:ROWS]
    newer = _name(shown[0], best) if after and shown else ""
    return shown, newer, _name(shown[-1], best) if len(taken) > ROWS else ""


def _name(business: Business, best: bool) -> str:
    return f"{business.score}.{business.pk}" if best else str(business.pk)


def _cursor(text: str, best: bool) -> tuple[int, ...]:
    parts = text.split(".")
    if len(parts) != (2 if best else 1) or not all(part.isdecimal() and len(part) < 18 for part in parts):
        return ()
    return tuple(map(int, parts))


def _beyond(cursor: tuple[int, ...], best: bool, *, back: bool) -> Q:
    if not best:
        return Q(pk__gt=cursor[0]) if back else Q(pk__lt=cursor[0])
    score, pk = cursor
    if back:
        return Q(score__gt=score) | Q(score=score, pk__lt=pk)
    return Q(score__lt=score) | Q(score=score, pk__gt=pk)


def _choices() -> dict[str, list[tuple[str, str | Promise]]]:
    territories = Territory.objects.order_by("name").values_list("pk", "name")[:TERRITORIES_OFFERED]
    return {
        "state": [(str(value), str(label)) for value, label in Business.Status.choices],
        "evidence": [("confirmed", _("Confirmed")), ("single", _("Single evidence"))],
        "website": [(state, words[0]) for state, words in WEBSITE_WORDS.items() if state],
        "trade": sorted(((each.slug, each.name) for each in CATEGORIES.values()), key=lambda pair: pair[1]),
        "territory": [(str(pk), name) for pk, name in territories],
    }


def _website_word(state: str) -> dict[str, Any]:
    word, tone, icon = WEBSITE_WORDS.get(state, WEBSITE_WORDS["unknown"])
    return {"word": word, "tone": tone, "icon": icon}


def _try(each: Mapping[str, Any]) -> dict[str, str]:
    tone, icon = TRY_TONES.get(str(each.get("outcome")), ("off", "circle-help"))
    return {
        "css": f"tone-{tone}",
        "icon": icon,
        "url": str(each.get("url", "")),
        "detail": str(each.get("detail", "")),
        "outcome": str(each.get("outcome", "")).replace("_", " "),
        "status": str(each.get("status") or ""),
    }


def _address_of(business: Business) -> str:
    lines = (
        f"{business.street} {business.housenumber}".strip(),
        f"{business.postcode} {business.city}".strip(),
        f"{business.region} {business.country}".strip(),
    )
    return ", ".join(line for line in lines if line)


def _spoken(business: Business, field: str, value: Any) -> str:
    if field == "category":
        return trade_of(business)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {link}" for name, link in value.items())
    return (
        "" if value is None else str(value).replace("_", " ") if field == "operating_status" else str(value)
    )
