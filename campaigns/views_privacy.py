"""What is held of one business: given out as one file, or erased, on request; and the list of noes."""

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from businesses.models import Business
from campaigns import erasing, legal_basis, suppression_list
from campaigns.models import Suppression
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import BadData

MAY_LOOK = "businesses.view_business"
MAY_ERASE = "businesses.delete_business"
MAY_SUPPRESS = "campaigns.add_suppression"


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def privacy(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is held of a business, whether it may be written to and why, and what erasing means."""
    business = get_object_or_404(Business, pk=pk)
    return render(
        request,
        "campaigns/privacy.html",
        {
            "business": business,
            "held": erasing.what_is_held(business),
            "decision": legal_basis.may_write(business, now=SYSTEM_CLOCK.now()),
            "is_erased": erasing.is_erased(business),
            "may_erase": request.user.has_perm(MAY_ERASE),
        },
    )


@require_POST
@staff_member_required
@permission_required(MAY_ERASE, raise_exception=True)
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Send everything that is held of a business."""
    business = get_object_or_404(Business, pk=pk)
    answer = HttpResponse(erasing.export_business(business), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="business-{business.pk}.zip"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@staff_member_required
@permission_required(MAY_ERASE, raise_exception=True)
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase a business and all that was made of it."""
    business = get_object_or_404(Business, pk=pk)
    try:
        if request.POST.get("confirm") != str(business.pk):
            raise BadData(_("Type the number of the business to erase it"))
        erasing.erase_business(
            business,
            now=SYSTEM_CLOCK.now(),
            by=f"staff:{request.user}",
            reason=request.POST.get("reason", ""),
        )
    except BadData as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Erased. Only hashes stay, by which it is known again and left alone."))
    return HttpResponseRedirect(reverse("campaigns:privacy", args=[pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_member_required
@permission_required(MAY_SUPPRESS, raise_exception=True)
def import_list(request: HttpRequest) -> HttpResponse:
    """Take a list of addresses that said no elsewhere."""
    context: dict[str, object] = {"scopes": Suppression.Scope.choices}
    if request.method == "POST":
        file = request.FILES.get("list")
        try:
            if file is None:
                raise BadData(_("Choose a file"))
            scope = request.POST.get("scope", "")
            if scope not in Suppression.Scope.values:
                raise BadData(_("Say whether it is the addresses or their companies"))
            context["done"] = suppression_list.import_addresses(
                file.read(suppression_list.MOST_BYTES + 1),
                now=SYSTEM_CLOCK.now(),
                by=f"staff:{request.user}",
                scope=scope,
            )
        except BadData as refusal:
            messages.error(request, str(refusal))
    return render(request, "campaigns/suppression_list.html", context)
