"""Access and erasure: all that is held of one business, given out as one file or wiped in one go.

What stays of an erased business: empty rows that keep the figures whole, and keyed hashes by which a later scrape,
import or mail knows that it must not come back.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from businesses.erased import SOURCE, remember_erased
from businesses.models import Business, RefusedRecord, SourceRecord, WebsiteCheck
from campaigns import hits, sequences, suppression
from campaigns.addresses import UnusableAddress
from campaigns.models import Campaign, Event, InboundMail, LegalBasis, Message, Suppression
from pipeline import states
from pipeline.errors import BadData
from pipeline.models import Effect, InboundEvent, Incident, TimelineEntry, WorkItem
from sites import publishing, thumbnails
from sites.models import Site, SiteVersion
from territories.models import CoverageGrid

ERASED: Final = "Erased"
_GONE: Final = "erased--"  # begins the slug of a site that nothing is left of
LEAST_NAME: Final = 4  # characters; a shorter name stands in too many texts of others
_KEPT: Final = frozenset(
    "id territory grid status found_at seen_at decided_at status_changed_at next_attempt_at merged_into country "
    "claimed_by claimed_at attempts reopened_count reopened_at".split()
)


def export_business(business: Business) -> bytes:
    """Return a ZIP with everything held of a business: data.json, and its mails as they were written."""
    everyone = _with_absorbed(business)
    campaigns = Campaign.objects.filter(business__in=everyone)
    mails = Message.objects.filter(campaign__in=campaigns).order_by("campaign", "step")
    sites = Site.objects.filter(business__in=everyone)
    answers = InboundMail.objects.filter(message__in=mails)
    labels = [states.label(row) for row in _work_items(everyone)]
    data = {
        "businesses": _rows(Business.objects.filter(pk__in=[each.pk for each in everyone])),
        "records": _rows(SourceRecord.objects.filter(business__in=everyone)),
        "looks": _rows(WebsiteCheck.objects.filter(business__in=everyone)),
        "legal_basis": _rows(LegalBasis.objects.filter(business__in=everyone)),
        "sites": _rows(sites),
        "versions": _rows(SiteVersion.objects.filter(site__in=sites)),
        "campaigns": _rows(campaigns),
        "mails": _rows(mails.defer("body"), without={"body"}),
        "events": _rows(Event.objects.filter(message__in=mails)),
        "answers": _rows(answers),
        "answers_as_they_came": _rows(InboundEvent.objects.filter(pk__in=answers.values("event"))),
        "calls": _rows(Effect.objects.filter(subject__in=labels)),
        "timeline": _rows(_timeline(everyone)),
        "incidents": _rows(_incidents(everyone)),
        "said_no": any(address and suppression.is_suppressed(address) for address in _addresses(everyone)),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, default=str, ensure_ascii=False, indent=1))
        for mail in mails:
            archive.writestr(f"mails/{mail.campaign_id}-{mail.step}.eml", bytes(mail.body))
    return file.getvalue()


def erase_business(business: Business, *, now: datetime, by: str, reason: str) -> None:
    """Wipe a business and all that was ever made of it or said about it. Doing it twice changes nothing.

    Its site goes offline first; the rest happens at once or not at all. Raises BadData for a customer, whose invoices
    the law makes us keep, without a reason, and while one of its mails is just leaving.
    """
    everyone = _with_absorbed(business)
    if any(hasattr(each, "customer") for each in everyone):
        raise BadData(
            "It is a customer: its invoices must be kept. End the contract, and erase it when they may go"
        )
    if not reason.strip():
        raise BadData("Say who asked for it, and when")
    if Campaign.objects.filter(business__in=everyone, status=Campaign.Status.SENDING).exists():
        raise BadData("One of its mails is leaving at this moment. Try again in a minute")
    for site in Site.objects.filter(business__in=everyone).exclude(slug__startswith=_GONE):
        _remove_site(site, now=now, by=by)
    files = list(_mail_files(everyone))
    hits.take_in()
    with transaction.atomic():
        everyone = list(Business.objects.select_for_update().filter(pk__in=[each.pk for each in everyone]))
        incidents = list(_incidents(everyone).values_list("pk", flat=True))
        labels = [states.label(row) for row in _work_items(everyone)]
        _say_no(everyone, now=now, by=by)
        _wipe_outreach(everyone)
        _wipe_calls(labels, everyone)
        Incident.objects.filter(pk__in=incidents).update(title=ERASED, detail="", resolution="")
        _timeline(everyone).exclude(Q(reason="") | Q(reason__startswith=ERASED)).update(reason=ERASED)
        _wipe_staff_log(everyone)
        for site in Site.objects.filter(business__in=everyone):
            _wipe_site(site)
        for each in everyone:
            _wipe_business(each, now=now, by=by, reason=f"Erased: {reason.strip()}")
    for path in files:
        path.unlink(missing_ok=True)


def what_is_held(business: Business) -> list[tuple[str, int]]:
    """Return what is held of a business, and how many of each."""
    everyone = _with_absorbed(business)
    mails = Message.objects.filter(campaign__business__in=everyone)
    labels = [states.label(row) for row in _work_items(everyone)]
    return [
        (
            "Records of sources",
            SourceRecord.objects.filter(business__in=everyone).exclude(source=SOURCE).count(),
        ),
        ("Looks for a website", WebsiteCheck.objects.filter(business__in=everyone).count()),
        ("Versions of its site", SiteVersion.objects.filter(site__business__in=everyone).count()),
        ("Mails", mails.exclude(recipient="").count()),
        ("Events of mails", Event.objects.filter(message__in=mails).count()),
        ("Answers", InboundMail.objects.filter(message__in=mails).exclude(sender="").count()),
        ("Calls with a text", Effect.objects.filter(subject__in=labels).exclude(response="").count()),
    ]


def is_erased(business: Business) -> bool:
    """Tell whether a business was erased."""
    return business.name == ERASED and business.records.filter(source=SOURCE).exists()


def _remove_site(site: Site, *, now: datetime, by: str) -> None:
    for version in site.versions.all():
        thumbnails.picture_of(version).unlink(missing_ok=True)
    publishing.take_down(site, now=now, by=by, reason=ERASED)


def _say_no(everyone: Iterable[Business], *, now: datetime, by: str) -> None:
    for business in everyone:
        ids = list(business.records.values_list("source", "source_id"))
        emails = _addresses([business])
        remember_erased(business, ids=ids, emails=emails, now=now)
        for source, source_id in ids:
            RefusedRecord.objects.filter(source=source, place__contains=source_id).delete()
        for address in emails:
            try:
                suppression.suppress(address, reason=Suppression.Reason.ERASED, now=now, by="erasure")
            except UnusableAddress:
                continue  # what is no address gets no mail
        for campaign in Campaign.objects.filter(business=business):
            suppression.call_off(campaign, now=now, by=by, reason=ERASED)
            sequences.stop(campaign, Campaign.StopReason.REMOVED, now=now, by=by)


def _wipe_outreach(everyone: Iterable[Business]) -> None:
    campaigns = Campaign.objects.filter(business__in=everyone)
    mails = Message.objects.filter(campaign__in=campaigns)
    answers = InboundMail.objects.filter(message__in=mails)
    raw = InboundEvent.objects.filter(
        pk__in=list(answers.exclude(event=None).values_list("event", flat=True))
    )
    raw.update(body="", headers={}, last_error="")
    answers.update(sender="", subject="", text="", facts={}, header_id="")
    Event.objects.filter(message__in=mails).update(user_agent="", network="", detail={})
    mails.update(recipient="", subject=ERASED, body=b"", links=[], preflight={})
    campaigns.update(review_reason="", last_error="", waits_for="", time_zone="")
    LegalBasis.objects.filter(business__in=everyone).delete()


def _wipe_calls(labels: list[str], everyone: Iterable[Business]) -> None:
    """Empty what was asked of and answered by others: about the business, and the raw answers of its cells."""
    Effect.objects.filter(subject__in=labels).update(request={}, response="", error="")
    cells = CoverageGrid.objects.filter(businesses__in=everyone).exclude(status=CoverageGrid.Status.SCRAPING)
    names = [states.label(cell) for cell in cells.distinct()]
    for business in everyone:
        for words in _needles(business):
            told = Q(response__icontains=words) | Q(response__icontains=json.dumps(words)[1:-1])
            Effect.objects.filter(told, subject__in=names).update(response="", error="")


def _wipe_staff_log(everyone: Iterable[Business]) -> None:
    for row in [*everyone, *_rows_of(everyone)]:
        of_row = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk)
        )
        of_row.update(object_repr=ERASED, change_message="")


def _wipe_site(site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(
        version=None, owner_words={}, slug=f"{_GONE}{site.pk}", last_error="", error_kind=""
    )
    site.versions.all().delete()


def _wipe_business(business: Business, *, now: datetime, by: str, reason: str) -> None:
    business.records.exclude(source=SOURCE).delete()
    business.website_checks.all().delete()
    if business.status != Business.Status.REJECTED:
        fields = {"claimed_by": "", "claimed_at": None}
        states.swap(
            business,
            Business.Status.REJECTED,
            {"status": business.status},
            now=now,
            by=by,
            reason=reason,
            fields=fields,
        )
    empty = {
        field.name: field.get_default()
        for field in Business._meta.concrete_fields
        if field.name not in _KEPT and field.has_default()
    }
    empty |= {
        field.name: ""
        for field in Business._meta.concrete_fields
        if field.name not in _KEPT | empty.keys() and not field.null
    }
    cell = business.grid
    empty |= {
        "name": ERASED,
        "lat": (cell.south + cell.north) / 2,
        "lon": (cell.west + cell.east) / 2,
        "suppressed": True,
        "decided_by": by[:120],
        "provenance": [],
    }
    empty |= {
        field.name: None for field in Business._meta.concrete_fields if field.null and field.name not in _KEPT
    }
    Business.objects.filter(pk=business.pk).update(**empty)
    business.refresh_from_db()


def _with_absorbed(business: Business) -> list[Business]:
    """Return a business, and those whose records it was given."""
    found, todo = [], [business]
    while todo:
        each = todo.pop()
        found.append(each)
        todo += each.absorbed.exclude(pk__in=[one.pk for one in found])
    return found


def _addresses(everyone: Iterable[Business]) -> set[str]:
    """Return every address that is known of these businesses, or that was written to."""
    of_rows = {address for each in everyone for address in [each.email, *each.emails]}
    written = Message.objects.filter(campaign__business__in=everyone).values_list("recipient", flat=True)
    return (of_rows | set(written)) - {""}


def _needles(business: Business) -> list[str]:
    """Return the words by which a text is known to speak of a business."""
    words = [
        business.name,
        business.email,
        *business.emails,
        business.phone,
        business.phone_raw,
        *business.phones,
    ]
    return [each for each in words if len(each) >= LEAST_NAME and each != ERASED]


def _incidents(everyone: Iterable[Business]) -> QuerySet[Incident]:
    told = Q(pk__in=[])
    for business in everyone:
        for words in _needles(business):
            told |= Q(title__icontains=words) | Q(detail__icontains=words)
    return Incident.objects.filter(told)


def _rows_of(everyone: Iterable[Business]) -> Iterator[Model]:
    yield from Site.objects.filter(business__in=everyone)
    yield from Campaign.objects.filter(business__in=everyone)
    yield from Message.objects.filter(campaign__business__in=everyone).defer("body")


def _work_items(everyone: Iterable[Business]) -> list[WorkItem]:
    return [row for row in [*everyone, *_rows_of(everyone)] if isinstance(row, WorkItem)]


def _timeline(everyone: Iterable[Business]) -> QuerySet[TimelineEntry]:
    rows = Q(pk__in=[])
    for row in _work_items(everyone):
        model, _, key = states.label(row).rpartition(":")
        rows |= Q(model=model, row_id=int(key))
    return TimelineEntry.objects.filter(rows)


def _mail_files(everyone: Iterable[Business]) -> Iterator[Any]:
    """Yield the files of the built-in outbox that hold a mail to one of these."""
    for message_id in Message.objects.filter(campaign__business__in=everyone).values_list(
        "message_id", flat=True
    ):
        yield from settings.OUTBOX_DIR.glob(f"*{message_id.strip('<>')}.eml")


def _rows(found: QuerySet[Any], *, without: Iterable[str] = ()) -> list[dict[str, Any]]:
    names = [field.attname for field in found.model._meta.concrete_fields if field.name not in set(without)]
    return list(found.order_by("pk").values(*names))
