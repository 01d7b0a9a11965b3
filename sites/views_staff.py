"""Staff pages of sites: the gallery, one site with its evidence, two versions side by side, the zip."""

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from businesses.presenting import origins_of
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import StageError
from pipeline.searching import search_words
from pipeline.states import IllegalTransition, StaleState
from sites import editing, evidence, exporting, generation, lifetime, publishing, thumbnails
from sites.models import Site, SiteVersion
from sites.publishers.folder import CONTENT_TYPES
from sites.publishers.headers import HEADERS_FILE, headers_for
from sites.rendering import SiteFiles

MAY_SEE = "websites.view_site"
MAY_CHANGE = "websites.change_site"


@require_safe
@staff_member_required
@permission_required(MAY_SEE, raise_exception=True)
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the sites that have been built, each as it looks."""
    status, words = request.GET.get("status", ""), search_words(request.GET.get("q", ""))
    page = evidence.gallery_page(request.GET.get("page", ""), status=status, words=words)
    context = {
        "shots": [(each, thumbnails.is_made(each.version)) for each in page.sites],
        "page": page,
        "origins": origins_of(each.business for each in page.sites),
        "status": status,
        "words": words,
        "statuses": Site.Status.choices,
    }
    return render(request, "websites/gallery.html", context)


@require_safe
@staff_member_required
@permission_required(MAY_SEE, raise_exception=True)
def site(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one site: how it looks, what it says and why, what its gates found."""
    found = _site(slug)
    version = _version(found, request.GET.get("version"))
    context: dict[str, Any] = {
        "site": found,
        "version": version,
        "versions": found.versions.order_by("-number"),
        "origins": origins_of([found.business]),
    }
    if version is not None:
        context |= evidence.evidence_of(found, version)
        context["preview"] = evidence.preview_path(found, version.number)
    context["address"] = publishing.site_url(found) if found.status == Site.Status.PUBLISHED else ""
    context["can_be_edited"] = version is not None and found.status in editing.EDITABLE
    context["can_go_back"] = found.status == Site.Status.PUBLISHED and lifetime.earlier_version(found)
    return render(request, "websites/site.html", context)


@require_safe
@staff_member_required
@permission_required(MAY_SEE, raise_exception=True)
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Show two versions of a site side by side."""
    found = _site(slug)
    newer = _version(found, request.GET.get("with"))
    older = _version(found, request.GET.get("version"))
    if newer is None or older is None:
        raise Http404
    pair = sorted({older, newer}, key=lambda version: version.number)
    context = {
        "site": found,
        "pair": [(version, evidence.preview_path(found, version.number)) for version in pair],
        "versions": found.versions.order_by("-number"),
        "older": pair[0],
        "newer": pair[-1],
    }
    return render(request, "websites/compare.html", context)


@require_safe
@staff_member_required
@permission_required(MAY_SEE, raise_exception=True)
def preview(request: HttpRequest, slug: str, number: int, path: str = "") -> HttpResponse:
    """Serve one file of one version, for a frame of our own pages."""
    found = _site(slug)
    version = get_object_or_404(found.versions, number=number)
    return framed(evidence.preview_files(found, version), path or "index.html")


@require_safe
@staff_member_required
@permission_required(MAY_SEE, raise_exception=True)
def thumbnail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Serve the picture of one version; it never changes."""
    version = get_object_or_404(SiteVersion, site__slug=slug, number=number)
    picture = thumbnails.picture_of(version)
    try:
        answer = HttpResponse(picture.read_bytes(), content_type="image/png")
    except FileNotFoundError as error:
        raise Http404 from error
    answer["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


def framed(files: SiteFiles, name: str, *, seconds: int = 60) -> HttpResponse:
    """One file of a rendered site with the site's own headers, for a frame of our own pages alone."""
    if name not in files or name == HEADERS_FILE:
        raise Http404
    answer = HttpResponse(files[name], content_type=CONTENT_TYPES[PurePosixPath(name).suffix])
    for header, value in headers_for(files[HEADERS_FILE].decode(), name).items():
        answer[header] = value.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["Cache-Control"] = f"private, max-age={seconds}" if seconds else "no-store"
    return answer


@require_safe
@staff_member_required
@permission_required(MAY_SEE, raise_exception=True)
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the site as a zip that opens offline."""
    found = _site(slug)
    try:
        packed = exporting.export_site(found)
    except StageError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("sites:staff_site", args=[slug]))
    answer = HttpResponse(packed, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{found.slug}.zip"'
    return answer


@require_POST
@staff_member_required
@permission_required(MAY_CHANGE, raise_exception=True)
def act(request: HttpRequest, slug: str) -> HttpResponse:
    """Do what a button of the site's page asks for."""
    found = _site(slug)
    now, by = SYSTEM_CLOCK.now(), f"staff:{request.user}"
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "rebuild": (
            lambda: generation.rebuild(found, now=now, by=by),
            _("It is built again in the next run"),
        ),
        "go_back": (lambda: lifetime.roll_back(found, now=now, by=by), _("The version before is online")),
        "revive": (lambda: lifetime.revive(found, now=now, by=by), _("It is online again with the next run")),
        "take_down": (
            lambda: publishing.take_down(found, now=now, by=by, reason="Taken down by staff"),
            _("It is gone, and its business is never written to"),
        ),
    }
    asked = request.POST.get("act", "")
    if asked not in acts:
        raise Http404
    verb, done = acts[asked]
    try:
        verb()
    except (StageError, StaleState, IllegalTransition) as error:
        messages.error(request, _("Nothing was changed. %(why)s") % {"why": error})
    else:
        messages.success(request, done)
    return HttpResponseRedirect(reverse("sites:staff_site", args=[slug]))


def _site(slug: str) -> Site:
    return get_object_or_404(Site.objects.select_related("business", "version"), slug=slug)


def _version(found: Site, number: str | None) -> SiteVersion | None:
    """The version of that number, or the present one."""
    if number is None or not number.isdecimal() or len(number) > 6:
        return found.version
    return get_object_or_404(found.versions, number=int(number))
