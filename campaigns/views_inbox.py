"""The inbox of the staff pages: what people and machines answered, and what is done with it."""

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import inbox_page
from campaigns.models import Campaign, InboundMail
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import BadData
from pipeline.states import IllegalTransition, StaleState

MAY_LOOK = "campaigns.view_inboundmail"
MAY_DECIDE = "campaigns.change_inboundmail"


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def inbox_list(request: HttpRequest) -> HttpResponse:
    """Show a tab (?tab=) with the first mail that waits in it."""
    tab = request.GET.get("tab", "")
    return _shown(request, tab if tab in inbox_page.TABS else "answers", None)


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def inbox_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one mail in its tab; ?q= looks for the campaign that it may belong to."""
    mail = get_object_or_404(InboundMail, pk=pk)
    return _shown(request, inbox_page.tab_of(mail), pk)


@require_POST
@staff_member_required
@permission_required(MAY_DECIDE, raise_exception=True)
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Handle a mail, reopen it, take it as a no, or link it to a campaign; then show what waits next."""
    mail = get_object_or_404(InboundMail.objects.select_related("message__campaign", "mailbox"), pk=pk)
    tab = inbox_page.tab_of(mail)
    now, by = SYSTEM_CLOCK.now(), f"staff:{request.user}"
    stays = reverse("campaigns:inbox_mail", args=[pk])
    onward = f"{reverse('campaigns:inbox')}?tab={tab}"
    asked = request.POST.get("act", "")
    try:
        if asked == "handle":
            inbox_page.handle(mail, now=now, by=by)
            messages.success(request, _("Handled"))
        elif asked == "reopen":
            inbox_page.reopen(mail)
            messages.success(request, _("It waits again"))
            onward = stays
        elif asked == "no":
            inbox_page.say_no(mail, now=now, by=by)
            messages.success(request, _("Nobody there is written to again"))
        elif asked == "link":
            inbox_page.link(mail, _campaign(request), now=now, by=by)
            messages.success(request, _("Linked. What follows from it is done"))
            onward = stays
        else:
            messages.error(request, _("Nothing was done. Choose one of the buttons"))
            onward = stays
    except BadData as refusal:
        messages.error(request, str(refusal))
        onward = stays
    except (StaleState, IllegalTransition):
        messages.error(request, _("Its campaign is being worked on. Try it again in a minute"))
        onward = stays
    return HttpResponseRedirect(onward)


def _campaign(request: HttpRequest) -> Campaign:
    asked = request.POST.get("campaign", "")
    number = int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 18 else None
    return get_object_or_404(Campaign, pk=number)


def _shown(request: HttpRequest, tab: str, pk: int | None) -> HttpResponse:
    shown = inbox_page.page(tab, pk, request.GET.get("q", ""))
    return render(request, "campaigns/inbox.html", shown | {"may_decide": request.user.has_perm(MAY_DECIDE)})
