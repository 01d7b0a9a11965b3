"""The approval desk of the staff pages: letters are read, and a person says what becomes of each."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import approving, desk_page, suppression
from campaigns.letter_form import LetterForm
from campaigns.models import Campaign, Message, Suppression
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import StageError
from pipeline.models import TimelineEntry
from pipeline.states import IllegalTransition, StaleState
from webmagic.look import status_word

MAY_LOOK = "campaigns.view_campaign"
MAY_DECIDE = "campaigns.change_campaign"
MOST_SKIPPED: Final = 200
# A mail carries its own inline styles: it is shown alone, in a sandbox, and fetches nothing, its pixel least of all.
LETTER_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'; form-action 'none'; sandbox"
)


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def desk(request: HttpRequest) -> HttpResponse:
    """Show the letters that wait; ?case= names the one in hand, ?view= how it is shown."""
    now = SYSTEM_CLOCK.now()
    asked = _number(request.GET.get("case", ""))
    if (view := request.GET.get("view", "")) in desk_page.VIEWS:
        request.session["desk_view"] = view  # the next letter is shown in the same way
    view = request.session.get("desk_view", "")
    shown = desk_page.page(asked, _skipped(request), view, now=now)
    return render(
        request,
        "campaigns/desk.html",
        shown
        | {
            "may_decide": request.user.has_perm(MAY_DECIDE),
            "approved_last": _approved_last(request),
            "timeline": told(shown.get("happened", [])),
            "asked": asked,
        },
    )


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the HTML of one mail, for a frame."""
    message = get_object_or_404(Message, pk=pk)
    answer = HttpResponse(desk_page.as_shown(desk_page.letter_of(message).html))
    answer["Content-Security-Policy"] = LETTER_POLICY
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@staff_member_required
@permission_required(MAY_DECIDE, raise_exception=True)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Do what a button of the desk says with the letter that was read, then show the next one."""
    campaign = get_object_or_404(Campaign.objects.select_related("business"), pk=pk)
    act = _ACTS.get(request.POST.get("act", ""))
    following = desk_page.after(pk, _skipped(request))
    if act is None:
        messages.error(request, _("Nothing was done. Choose one of the buttons"))
        return _to(pk)
    try:
        act(request, campaign)
    except StageError as refusal:
        messages.error(request, f"{campaign.business}: {refusal}")
        return _to(pk if campaign.status == Campaign.Status.DRAFT else following)
    except (StaleState, IllegalTransition):
        messages.error(
            request, _("%(name)s was decided or taken up meanwhile. Look again") % {"name": campaign.business}
        )
        return _to(following)
    return _to(following)


@staff_member_required
@permission_required(MAY_DECIDE, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the words of a letter in a form, or give the letter the words that were sent."""
    campaign = get_object_or_404(Campaign.objects.select_related("business", "site"), pk=pk)
    message = get_object_or_404(Message, campaign=campaign, step=campaign.step)
    form = LetterForm(request.POST or None, message=message)
    if request.method == "POST" and form.is_valid() and form.save(campaign, by=f"staff:{request.user}"):
        messages.success(request, _("The letter says it in your words now. Read it once more"))
        return _to(pk)
    return render(
        request, "campaigns/desk_edit.html", {"form": form, "case": campaign, "message_seen": message}
    )


@require_POST
@staff_member_required
@permission_required(MAY_DECIDE, raise_exception=True)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an approval back while the mail waits, and show its letter again."""
    campaign = get_object_or_404(Campaign.objects.select_related("business"), pk=pk)
    request.session.pop("approved_last", None)
    try:
        approving.take_back(campaign, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    except (StaleState, IllegalTransition):
        messages.error(
            request, _("%(name)s went on meanwhile. Nothing was taken back") % {"name": campaign.business}
        )
        return _to(None)
    messages.success(request, _("%(name)s waits for approval again") % {"name": campaign.business})
    return _to(pk)


def told(entries: list[TimelineEntry]) -> list[dict[str, Any]]:
    """Return what happened to a row, as the timeline shows it."""
    shown = []
    for entry in entries:
        before, after = (status_word(entry.model, status) for status in (entry.from_status, entry.to_status))
        shown.append(
            {
                "title": _("%(before)s to %(after)s") % {"before": before.word, "after": after.word},
                "reason": f"{entry.reason} ({entry.by})" if entry.reason else entry.by,
                "at": entry.at,
                "tone": after.tone,
                "icon": after.icon,
            }
        )
    return shown


# ----------------------------------------------------------------------------------------- what the buttons do
def _approve(request: HttpRequest, campaign: Campaign) -> None:
    read = request.POST.get("read", "")
    approving.approve_as_read(campaign.pk, read, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    request.session["approved_last"] = campaign.pk
    messages.success(request, _("Approved: %(name)s") % {"name": campaign.business.name})


def _approve_alike(request: HttpRequest, campaign: Campaign) -> None:
    others = [pair for text in request.POST.getlist("alike")[: approving.MOST_ALIKE] if (pair := _pair(text))]
    approved, left = approving.approve_alike(
        campaign.pk,
        request.POST.get("read", ""),
        others,
        now=SYSTEM_CLOCK.now(),
        by=f"staff:{request.user}",
    )
    request.session.pop("approved_last", None)
    done = ngettext("%(count)d mail approved", "%(count)d mails approved", approved) % {"count": approved}
    if left:
        more = ngettext(
            "%(count)d is another by now and still waits", "%(count)d are others by now and still wait", left
        )
        messages.warning(request, f"{done}. {more % {'count': left}}")
    else:
        messages.success(request, done)


def _skip(request: HttpRequest, campaign: Campaign) -> None:
    skipped = [pk for pk in _skipped(request) if pk != campaign.pk]
    request.session["desk_skipped"] = {
        "day": localdate().isoformat(),
        "rows": [*skipped, campaign.pk][-MOST_SKIPPED:],
    }
    messages.info(request, _("%(name)s comes last today") % {"name": campaign.business.name})


def _call_off(request: HttpRequest, campaign: Campaign) -> None:
    why = request.POST.get("why", "")
    approving.call_off(campaign, why=why, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    messages.success(request, _("Called off: %(name)s") % {"name": campaign.business.name})


def _never(request: HttpRequest, campaign: Campaign) -> None:
    suppression.suppress_business(
        campaign.business,
        reason=Suppression.Reason.STAFF,
        now=SYSTEM_CLOCK.now(),
        by=f"staff:{request.user}",
    )
    messages.success(request, _("%(name)s is never written to again") % {"name": campaign.business.name})


_ACTS: Final[dict[str, Callable[[HttpRequest, Campaign], None]]] = {
    "approve": _approve,
    "alike": _approve_alike,
    "skip": _skip,
    "call_off": _call_off,
    "never": _never,
}


def _skipped(request: HttpRequest) -> list[int]:
    """Return what this person put aside today; tomorrow it stands where it stood."""
    kept = request.session.get("desk_skipped") or {}
    return list(kept.get("rows", [])) if kept.get("day") == localdate().isoformat() else []


def _approved_last(request: HttpRequest) -> Campaign | None:
    pk: int | None = request.session.get("approved_last")
    if pk is None:
        return None
    waits = Campaign.objects.filter(pk=pk, status=Campaign.Status.PENDING, claimed_by="")
    return waits.select_related("business").first()


def _to(pk: int | None) -> HttpResponse:
    return HttpResponseRedirect(reverse("campaigns:desk") + (f"?case={pk}" if pk else ""))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 18 else None


def _pair(text: str) -> tuple[int, str] | None:
    number, _dot, read = text.partition(".")
    pk = _number(number)
    return None if pk is None else (pk, read)
