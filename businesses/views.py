"""The leads' pages: the list with its evidence, one lead with all that is known of it, the review queue."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from businesses import exporting, joining, leads, presenting, review
from businesses.models import Business
from pipeline.clock import SYSTEM_CLOCK
from pipeline.models import TimelineEntry
from pipeline.states import IllegalTransition, StaleState
from webmagic.look import status_word

MAY_LOOK = "businesses.view_business"
MAY_DECIDE = "businesses.change_business"


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def lead_list(request: HttpRequest) -> HttpResponse:
    """Show the leads, filtered by what stands in the address."""
    asked = {name: request.GET.get(name, "") for name in request.GET}
    page = presenting.lead_list(asked)
    return render(
        request,
        "businesses/leads.html",
        page | {"query": _query(request), "newer_query": _query(request, before=page["newer"]),
                "older_query": _query(request, after=page["older"])},
    )  # fmt: skip


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Send the leads that the list's filters leave as a table for a spreadsheet."""
    found = presenting.filter_leads({name: request.GET.get(name, "") for name in request.GET})
    answer = StreamingHttpResponse(
        _lines(exporting.export_rows(found)), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="leads.csv"'
    return answer


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one lead: the decision, the facts with their sources, the looks, the records, what happened."""
    business = get_object_or_404(Business.objects.select_related("territory", "merged_into"), pk=pk)
    page = presenting.lead_page(business)
    timeline = [_told(entry) for entry in page["happened"]]
    return render(request, "businesses/lead.html", page | {"timeline": timeline} | _means(request))


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def review_queue(request: HttpRequest) -> HttpResponse:
    """Show one doubtful case with what is known of it; ?case= names it, else it is the first."""
    return render(request, "businesses/review.html", _queue(request) | _means(request))


@require_POST
@staff_member_required
@permission_required(MAY_DECIDE, raise_exception=True)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Settle a business by the word of whoever asks, if it still is as the page showed it (`seen`, a status);
    in the queue the next case follows."""
    business = get_object_or_404(Business, pk=pk)
    status = request.POST.get("status", "")
    try:
        if (seen := request.POST.get("seen", business.status)) != business.status:
            raise StaleState(f"{business} is {business.status}, and was shown as {seen}")
        leads.decide(business, status, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    except ValueError:
        messages.error(request, _("Nothing was decided. Choose one of the buttons"))
    except (StaleState, IllegalTransition):
        _tell_late(request, Business.objects.get(pk=pk))
    else:
        word = status_word("businesses.business", business.status).word
        messages.success(request, _("%(name)s: %(word)s") % {"name": business.name, "word": word})
        request.session["decided_last"] = business.pk
    if request.POST.get("back") == "lead":
        return HttpResponseRedirect(reverse("businesses:lead", args=[pk]))
    return HttpResponseRedirect(_case_after(business))


@require_POST
@staff_member_required
@permission_required(MAY_DECIDE, raise_exception=True)
def overrule(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a business that was turned away as a lead after all, for the reason that is given."""
    business = get_object_or_404(Business, pk=pk)
    try:
        leads.overrule(
            business, why=request.POST.get("why", ""), now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}"
        )
    except ValueError:
        messages.error(request, _("Nothing was decided. Say why it is a lead after all"))
    except (StaleState, IllegalTransition):
        messages.error(
            request, _("%(name)s cannot be made a lead now. Look at it again") % {"name": business.name}
        )
    else:
        messages.success(request, _("%(name)s is a lead now") % {"name": business.name})
    return HttpResponseRedirect(reverse("businesses:lead", args=[pk]))


@require_POST
@staff_member_required
@permission_required(MAY_DECIDE, raise_exception=True)
def look_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a business looked up and judged anew in the next run."""
    business = get_object_or_404(Business, pk=pk)
    try:
        leads.requalify(business, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    except (StaleState, IllegalTransition):
        messages.error(
            request,
            _("%(name)s was decided or taken up meanwhile. Look at it again") % {"name": business.name},
        )
    else:
        messages.success(request, _("%(name)s is looked at again in the next run") % {"name": business.name})
    return HttpResponseRedirect(reverse("businesses:lead", args=[pk]))


@require_POST
@staff_member_required
@permission_required(MAY_DECIDE, raise_exception=True)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a case back into the queue and show it."""
    business = get_object_or_404(Business, pk=pk)
    try:
        review.undo_decision(business, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    except (StaleState, IllegalTransition):
        messages.error(
            request, _("%(name)s went on meanwhile. Nothing was taken back") % {"name": business.name}
        )
    else:
        messages.success(request, _("%(name)s is doubtful again") % {"name": business.name})
    request.session.pop("decided_last", None)
    return HttpResponseRedirect(f"{reverse('businesses:review')}?case={pk}")


@require_POST
@staff_member_required
@permission_required(MAY_DECIDE, raise_exception=True)
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a doubtful case is another business: its records are given to that one."""
    business = get_object_or_404(Business, pk=pk)
    keep = get_object_or_404(Business, pk=_number(request.POST.get("into", "")))
    following = _case_after(business)
    try:
        joining.merge_businesses(keep, business, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    except joining.CannotJoin as refusal:
        messages.error(request, str(refusal))
    except (StaleState, IllegalTransition):
        messages.error(request, _("One of the two was taken up meanwhile. Look at it again"))
    else:
        messages.success(request, _("%(name)s is one business now") % {"name": keep.name})
        return HttpResponseRedirect(following)
    return HttpResponseRedirect(f"{reverse('businesses:review')}?case={pk}")


@require_POST
@staff_member_required
@permission_required(MAY_DECIDE, raise_exception=True)
def part(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a merge back."""
    business = get_object_or_404(Business, pk=pk)
    try:
        joining.undo_merge(business, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    except joining.CannotJoin as refusal:
        messages.error(request, str(refusal))
    except (StaleState, IllegalTransition):
        messages.error(request, _("One of the two was taken up meanwhile. Look at it again"))
    else:
        messages.success(request, _("They are two businesses again"))
    return HttpResponseRedirect(reverse("businesses:lead", args=[pk]))


def _queue(request: HttpRequest) -> dict[str, Any]:
    queue = review.queue_around(_number(request.GET.get("case", "")))
    shown = {
        "queue": queue,
        "case": queue.case,
        "decided_last": _decided_last(request),
    }
    if queue.case is None:
        return shown
    return shown | presenting.case_of(queue.case) | {
        "neighbours": review.neighbours(queue.case),
        "origins": presenting.origins_of([queue.case]),
    }  # fmt: skip


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 18 else None


def _tell_late(request: HttpRequest, business: Business) -> None:
    """Say why a decision was not taken: another one stands, or a worker has the business."""
    if business.decided_by and business.status in leads.DECIDABLE:
        word = status_word("businesses.business", business.status).word
        said = _("%(name)s was decided already: %(word)s. Nothing was changed")
        messages.info(request, said % {"name": business.name, "word": word})
        return
    said = _("%(name)s was decided or taken up meanwhile. Look at it again")
    messages.error(request, said % {"name": business.name})


def _told(entry: TimelineEntry) -> dict[str, Any]:
    before, after = (status_word(entry.model, status) for status in (entry.from_status, entry.to_status))
    title = _("%(before)s to %(after)s") % {"before": before.word, "after": after.word}
    reason = f"{entry.reason} ({entry.by})" if entry.reason else entry.by
    return {"title": title, "reason": reason, "at": entry.at, "tone": after.tone, "icon": after.icon}


def _decided_last(request: HttpRequest) -> Business | None:
    pk: int | None = request.session.get("decided_last")
    return None if pk is None else Business.objects.filter(pk=pk).only("name").first()


def _means(request: HttpRequest) -> dict[str, Any]:
    return {"may_decide": request.user.has_perm(MAY_DECIDE)}


def _case_after(business: Business) -> str:
    following = review.case_after(business)
    return reverse("businesses:review") + (f"?case={following}" if following else "")


def _query(request: HttpRequest, **changes: str) -> str:
    """Return the address's own filters, with a cursor of the pager in place of the one it had."""
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in changes.items():
        if not value:
            return ""
        query[name] = value
    return query.urlencode()


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _lines(rows: Iterator[list[str]]) -> Iterator[str]:
    yield "\ufeff"  # without it a spreadsheet reads names of other alphabets wrong
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow(row)
