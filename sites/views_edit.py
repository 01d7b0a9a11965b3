"""Staff pages that change a site: the form over its words, the draft in a frame, another look."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from businesses.presenting import origins_of
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import BadData
from pipeline.states import IllegalTransition, StaleState
from sites import edit_form, editing, evidence, statement_form, statements
from sites.models import Site, SiteVersion
from sites.owner_words import owner_words
from sites.views_staff import MAY_CHANGE, MAY_SEE, framed

LOOK_PARTS = 3  # theme, hero, hue
FRAME_POLICY = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "frame-ancestors": [CSP.SELF],
}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_member_required
@permission_required(MAY_CHANGE, raise_exception=True)
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every sentence of a site as a field; store what was entered as a new version."""
    site, version = _present(slug)
    entered, findings, status = None, editing.findings_of(version), 200
    if request.method == "POST":
        status = 422
        shown = _shown(site, request)
        entered = edit_form.read_edit(request.POST.dict(), shown)
        try:
            stored = editing.edit_words(
                site, shown, entered, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}"
            )
        except editing.Refused as refused:
            findings, version = refused.findings, shown
        except (BadData, StaleState, IllegalTransition) as error:
            findings, version = {"": str(error)}, shown
        else:
            messages.success(request, _stored_words(shown, stored))
            return HttpResponseRedirect(reverse("sites:staff_site", args=[slug]))
    context = {
        "site": site,
        "version": version,
        "parts": edit_form.form_groups(version, owner_words(site), entered, findings),
        "placeholders": edit_form.placeholders(version),
        "origins": origins_of([site.business]),
        "findings": findings,
        "was_refused": status == 200,
        "jumps": [(slot.replace(".", "-").replace("_", "-"), why) for slot, why in findings.items() if slot],
        "told_by": entered.told_by if entered else "",
        "preview": evidence.preview_path(site, version.number),
    }
    return render(request, "websites/edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_member_required
@permission_required(MAY_CHANGE, raise_exception=True)
def told(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what the owner told of the business; store what was entered and let the site be built with it."""
    site = get_object_or_404(Site.objects.select_related("business", "version"), slug=slug)
    entered, findings = None, {}
    if request.method == "POST":
        entered = statement_form.read_told(request.POST.dict())
        try:
            statements.state(site, entered, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")
        except editing.Refused as refused:
            findings = refused.findings
        except (BadData, StaleState, IllegalTransition) as error:
            findings = {"": str(error)}
        else:
            messages.success(request, _("The site is built again with it in the next run"))
            return HttpResponseRedirect(reverse("sites:staff_site", args=[slug]))
    form = statement_form.form_of(owner_words(site), entered, findings, site.business.country)
    context = {"site": site, "form": form, "findings": findings}
    return render(request, "websites/told.html", context, status=422 if findings else 200)


@require_POST
@staff_member_required
@permission_required(MAY_CHANGE, raise_exception=True)
@xframe_options_sameorigin
@csp_override(FRAME_POLICY)
def draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with the page as the entered words would make it, for the frame beside the form; nothing is kept."""
    site, _version = _present(slug)
    shown = _shown(site, request)
    try:
        spec = editing.write_edit(shown, edit_form.read_edit(request.POST.dict(), shown))
        editing.check_words(site, shown, spec)
    except BadData as error:
        findings = list(error.findings.values()) if isinstance(error, editing.Refused) else [str(error)]
        return render(request, "websites/draft_refused.html", {"findings": findings}, status=422)
    path = evidence.preview_path(site, shown.number)
    return framed(evidence.draft_files(site, shown, spec, path), "index.html", seconds=0)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_member_required
@permission_required(MAY_CHANGE, raise_exception=True)
def looks(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the same words in other looks; the one that is chosen becomes a new version."""
    site, version = _present(slug)
    if request.method == "POST":
        theme, hero, hue = _look(request.POST.get("look", ""))
        try:
            editing.choose_look(
                site,
                _shown(site, request),
                (theme, hero),
                hue,
                now=SYSTEM_CLOCK.now(),
                by=f"staff:{request.user}",
            )
        except (BadData, StaleState, IllegalTransition) as error:
            messages.error(request, _("Nothing was changed. %(why)s") % {"why": error})
            return HttpResponseRedirect(reverse("sites:looks", args=[slug]))
        messages.success(request, _("It goes online in this look with the next run"))
        return HttpResponseRedirect(reverse("sites:staff_site", args=[slug]))
    hues = editing.hues_for(version)
    asked = request.GET.get("hue", "")
    hue = int(asked) if asked.isdecimal() and len(asked) <= LOOK_PARTS else hues[0]
    hue = hue if hue in hues else hues[0]
    context: dict[str, Any] = {
        "site": site,
        "version": version,
        "hue": hue,
        "swatches": evidence.swatches(version, hues),
        "offers": editing.looks_for(site, version, hue=hue),
    }
    return render(request, "websites/looks.html", context)


@require_safe
@staff_member_required
@permission_required(MAY_SEE, raise_exception=True)
def look_preview(request: HttpRequest, slug: str, name: str, path: str = "") -> HttpResponse:
    """Serve one file of a site in a look it does not have, for a frame of our own pages."""
    site, version = _present(slug)
    try:
        files = evidence.look_files(site, version, *_look(name))
    except BadData as error:
        raise Http404 from error
    return framed(files, path or "index.html")


def _present(slug: str) -> tuple[Site, SiteVersion]:
    """The site and its present version; there is nothing to change before it is built."""
    site = get_object_or_404(Site.objects.select_related("business", "version"), slug=slug)
    if site.version is None:
        raise Http404
    return site, site.version


def _shown(site: Site, request: HttpRequest) -> SiteVersion:
    """The version that the posted form was made of."""
    number = request.POST.get("version", "")
    if not number.isdecimal() or len(number) > len("999999"):
        raise Http404
    return get_object_or_404(site.versions, number=int(number))


def _look(name: str) -> tuple[str, str, int]:
    """The parts of "poster.wide.40"; 404 for what is no such name."""
    parts = name.split(".")
    if len(parts) != LOOK_PARTS or not parts[2].isdecimal() or len(parts[2]) > len("359"):
        raise Http404
    return parts[0], parts[1], int(parts[2])


def _stored_words(shown: SiteVersion, stored: SiteVersion) -> str:
    if stored.pk == shown.pk:
        return _("What you keep stays when the site is built again")
    return _("Version %(number)s goes online with the next run") % {"number": stored.number}
