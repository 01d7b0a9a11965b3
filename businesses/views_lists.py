"""Importing a list, page by page: the file, what its columns are, what would become of its rows, and the act."""

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from businesses import lists
from businesses.list_forms import FIELD_WORDS, ListForm, asked_for, by_field, columns_of
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import BadData
from territories.models import ListFile, Territory

MAY_LOOK: Final = "businesses.view_business"
MAY_ADD: Final = "territories.add_territory"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_member_required
@permission_required(MAY_ADD, raise_exception=True)
def bring(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Take a file: of a new list, or the newer version of the list of the territory `pk`."""
    renewed = None if pk is None else get_object_or_404(Territory, pk=pk, lists__imported_at__isnull=False)
    form = ListForm(request.POST or None, request.FILES or None, renewed=renewed)
    if request.method == "POST":
        if request.META.get("webmagic.upload_too_large"):
            form.errors["file"] = form.error_class([_too_large()])
        elif form.is_valid() and (draft := _draft(request, form, renewed)):
            return HttpResponseRedirect(reverse("businesses:list_columns", args=[draft.pk]))
    page = {"form": form, "renewed": renewed, "most_mb": settings.UPLOAD_MAX_MB}
    return render(request, "businesses/list_bring.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_member_required
@permission_required(MAY_ADD, raise_exception=True)
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the columns of a draft and what would become of its rows; take what is said of them, import it."""
    draft = get_object_or_404(ListFile.objects.select_related("territory"), pk=pk, imported_at__isnull=True)
    try:
        header, rows = lists.rows_of(draft)
    except BadData as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(_back_of(draft))
    problem = ""
    taken_for = {theirs: ours for ours, theirs in draft.columns.items()}
    if request.method == "POST":
        if request.POST.get("act") == "leave":
            lists.throw_away(draft)
            messages.success(request, _("The list is not imported; its file is deleted"))
            return HttpResponseRedirect(_back_of(draft))
        try:
            taken_for = asked_for(header, request.POST)
            return _take(request, draft, by_field(taken_for))
        except BadData as refusal:
            problem = str(refusal)
    page = {
        "draft": draft,
        "columns": columns_of(header, rows, taken_for),
        "fields": FIELD_WORDS.items(),
        "counted": draft.counted,
        "reach": lists.reach_of(draft),
        "problem": problem,
    }
    return render(request, "businesses/list_columns.html", page)


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def refused(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the rows of a territory's answers that could not be taken, with the reason of each."""
    territory = get_object_or_404(Territory, pk=pk)
    page = {
        "territory": territory,
        "own": lists.list_of(territory),
        "rows": lists.refused_of(territory),
        "may_add": request.user.has_perm(MAY_ADD),
    }
    return render(request, "businesses/list_refused.html", page)


def _draft(request: HttpRequest, form: ListForm, renewed: Territory | None) -> ListFile | None:
    """Store what was brought; None, with the reason beside the field, where it is no list."""
    try:
        return lists.add_draft(
            form.cleaned_data["file"].chunks(),
            form.cleaned_data["file"].name,
            name=renewed.name if renewed else form.cleaned_data["name"],
            country=renewed.country if renewed else form.cleaned_data["country"],
            now=SYSTEM_CLOCK.now(),
            by=f"staff:{request.user}",
            territory=renewed,
        )
    except BadData as refusal:
        form.add_error("file", str(refusal))
        return None


def _take(request: HttpRequest, draft: ListFile, said: dict[str, str]) -> HttpResponse:
    """Do what the button says: look through the file with these columns, or import it."""
    here = reverse("businesses:list_columns", args=[draft.pk])
    is_new = said != draft.columns or not draft.counted
    if is_new:
        lists.set_columns(draft, said)
    if request.POST.get("act") != "import":
        return HttpResponseRedirect(here)
    if is_new:
        messages.warning(
            request, _("Nothing is imported yet: the columns were changed. Look at the rows, then import")
        )
        return HttpResponseRedirect(here)
    territory = lists.import_list(draft, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
    messages.success(
        request,
        _("%(name)s is imported. Its businesses are read in the next run") % {"name": territory.name},
    )
    return HttpResponseRedirect(_page_of(territory))


def _back_of(draft: ListFile) -> str:
    return _page_of(draft.territory) if draft.territory else reverse("businesses:leads")


def _page_of(territory: Territory) -> str:
    return reverse("admin:territories_territory_change", args=[territory.pk])


def _too_large() -> str:
    return _("The file is larger than %(most)d MB. Split it, or have UPLOAD_MAX_MB raised") % {
        "most": settings.UPLOAD_MAX_MB
    }
