"""The mailboxes' pages: who writes, whether it may, and what a person changes about it."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import mailboxes, mailboxes_page, sender_dns
from campaigns.mailboxes_page import MailboxForm
from campaigns.models import Mailbox
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import BadData

MAY_LOOK = "campaigns.view_mailbox"
MAY_CHANGE = "campaigns.change_mailbox"
MAY_ADD = "campaigns.add_mailbox"


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def mailbox_list(request: HttpRequest) -> HttpResponse:
    """Show every mailbox with its state, its figures and the DNS of its domain."""
    shown = mailboxes_page.page(now=SYSTEM_CLOCK.now())
    may = {"may_change": request.user.has_perm(MAY_CHANGE), "may_add": request.user.has_perm(MAY_ADD)}
    return render(request, "campaigns/mailboxes.html", shown | may)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_member_required
@permission_required(MAY_ADD, raise_exception=True)
def add(request: HttpRequest) -> HttpResponse:
    """Add a mailbox; it is set up first and sends nothing before somebody activates it."""
    form = MailboxForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        box = form.save_new(now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
        if box is not None:
            messages.success(request, _("%(box)s is added. Check its DNS, then activate it") % {"box": box})
            return _back(box.pk)
    return render(request, "campaigns/mailbox_add.html", {"form": form})


@require_POST
@staff_member_required
@permission_required(MAY_CHANGE, raise_exception=True)
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Check a mailbox's DNS, activate, pause or resume it."""
    box = get_object_or_404(Mailbox.objects.select_related("domain"), pk=pk)
    do = _ACTS.get(request.POST.get("act", ""))
    if do is None:
        messages.error(request, _("Nothing was done. Choose one of the buttons"))
        return _back(pk)
    try:
        do(request, box)
    except BadData as refusal:
        messages.error(request, str(refusal))
    return _back(pk)


def _check(request: HttpRequest, box: Mailbox) -> None:
    sender_dns.check_domain(box.domain, now=SYSTEM_CLOCK.now())
    if box.domain.dns_ok:
        messages.success(request, _("The DNS of %(domain)s is in order") % {"domain": box.domain})
    elif box.domain.dns_ok is None:
        messages.warning(
            request,
            _("The DNS of %(domain)s did not answer. Check it again in an hour") % {"domain": box.domain},
        )
    else:
        messages.error(
            request,
            _("The DNS of %(domain)s is not in order. Each line says what to do") % {"domain": box.domain},
        )


def _activate(request: HttpRequest, box: Mailbox) -> None:
    mailboxes.activate(box, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    messages.success(request, _("%(box)s sends from now on, few mails at first") % {"box": box})


def _pause(request: HttpRequest, box: Mailbox) -> None:
    why = " ".join(request.POST.get("why", "").split())
    if not why:
        raise BadData(_("Nothing was paused. Say why, so that others know"))
    mailboxes.pause(box, why=why, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    messages.success(request, _("%(box)s is paused. What waits keeps waiting") % {"box": box})


def _resume(request: HttpRequest, box: Mailbox) -> None:
    mailboxes.resume(box, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    messages.success(request, _("%(box)s goes on") % {"box": box})


_ACTS: Final[dict[str, Callable[[HttpRequest, Mailbox], None]]] = {
    "check": _check,
    "activate": _activate,
    "pause": _pause,
    "resume": _resume,
}


def _back(pk: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("campaigns:mailboxes") + f"#mailbox-{pk}")
