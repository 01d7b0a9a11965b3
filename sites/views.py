"""Serving published sites in a single-host installation; in production a web server serves the same folders."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from sites.models import Site
from sites.publishing import publisher

NO_PAGE = "404.html"


@require_safe
def serve_site(request: HttpRequest, slug: str, path: str = "") -> HttpResponse:
    """Serve one file of a published site with the headers it was published with; 410 for a removed one."""
    site = get_object_or_404(Site.objects.only("slug", "status"), slug=slug)
    if site.status in (Site.Status.TAKEN_DOWN, Site.Status.EXPIRED):
        return render(request, "410.html", {"expired": site.status == Site.Status.EXPIRED}, status=410)
    target = publisher()
    served = target.open_file(slug, path or "index.html")
    missing = served is None
    if served is None:
        served = target.open_file(slug, NO_PAGE)
    if served is None:
        raise Http404
    status = 404 if missing else served.status
    answer = HttpResponse(served.content, content_type=served.content_type, status=status)
    for name, value in served.headers.items():
        answer[name] = value
    return answer


@require_safe
def add_slash(request: HttpRequest, slug: str) -> HttpResponse:
    """Send /s/<slug> to /s/<slug>/, where the site's relative addresses work."""
    return HttpResponsePermanentRedirect(f"{request.path}/")
