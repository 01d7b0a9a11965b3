"""The campaigns' pages: what came of the mails, the list, and one campaign with what a person may do about it."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import campaigns_page, sending, sequences
from campaigns.models import Campaign
from campaigns.views_desk import told
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import StageError
from pipeline.states import IllegalTransition, StaleState

MAY_LOOK = "campaigns.view_campaign"
MAY_DECIDE = "campaigns.change_campaign"


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Show what came of the mails and the campaigns, filtered by what stands in the address."""
    asked = {name: request.GET.get(name, "") for name in request.GET}
    shown = campaigns_page.page(asked, now=SYSTEM_CLOCK.now())
    turns = {
        "newer_query": _query(request, before=shown["newer"]),
        "older_query": _query(request, after=shown["older"]),
    }
    return render(request, "campaigns/campaigns.html", shown | turns)


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one campaign: its thread, what came back, why it has not gone on."""
    found = get_object_or_404(Campaign.objects.select_related("business", "site", "mailbox"), pk=pk)
    shown = campaigns_page.campaign_page(found, now=SYSTEM_CLOCK.now())
    return render(
        request,
        "campaigns/campaign.html",
        shown | {"timeline": told(shown["happened"]), "may_decide": request.user.has_perm(MAY_DECIDE)},
    )


@require_POST
@staff_member_required
@permission_required(MAY_DECIDE, raise_exception=True)
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a campaign, leave out its follow-up, or settle an uncertain delivery."""
    found = get_object_or_404(Campaign.objects.select_related("business"), pk=pk)
    do = _ACTS.get(request.POST.get("act", ""))
    try:
        if do is None:
            messages.error(request, _("Nothing was done. Choose one of the buttons"))
        else:
            do(request, found)
    except StageError as refusal:
        messages.error(request, str(refusal))
    except (StaleState, IllegalTransition):
        messages.error(request, _("It was decided or taken up meanwhile. Look again"))
    return HttpResponseRedirect(reverse("campaigns:campaign", args=[pk]))


def _stop(request: HttpRequest, found: Campaign) -> None:
    by = f"staff:{request.user}"
    if sequences.stop(found, Campaign.StopReason.STAFF, now=SYSTEM_CLOCK.now(), by=by):
        messages.success(request, _("Stopped. No further mail goes to %(name)s") % {"name": found.business})
    else:
        messages.info(request, _("It was stopped before"))


def _skip(request: HttpRequest, found: Campaign) -> None:
    sequences.skip(found, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    messages.success(request, _("This follow-up is left out"))


def _went_out(request: HttpRequest, found: Campaign) -> None:
    sending.settle_held(found, went_out=True, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    messages.success(request, _("It counts as sent"))


def _did_not(request: HttpRequest, found: Campaign) -> None:
    sending.settle_held(found, went_out=False, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    messages.success(request, _("It is sent in its next turn"))


_ACTS: Final[dict[str, Callable[[HttpRequest, Campaign], None]]] = {
    "stop": _stop,
    "skip": _skip,
    "went_out": _went_out,
    "did_not": _did_not,
}


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
