"""The headers that say what a page may do: strict on every page, as loose as its skin needs under /admin/ only."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csp import ContentSecurityPolicyMiddleware as DjangoPolicyMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import reverse
from django.utils.csp import CSP

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)


class ContentSecurityPolicyMiddleware(DjangoPolicyMiddleware):
    """Sends settings.SECURE_CSP with every response that brings no policy of its own.

    A published site or a mail preview sets its own Content-Security-Policy header and keeps it. Pages under the
    admin's address get what its skin cannot do without (see admin_policy).
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.path_info.startswith(reverse("admin:index")) and not hasattr(response, "_csp_config"):
            response._csp_config = admin_policy()  # type: ignore[attr-defined]  # where Django looks for it
        response = super().process_response(request, response)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


def headers_of_every_answer(request: HttpRequest) -> dict[str, str]:
    """Return the headers that an answer to `request` gets which brings none of its own, for who answers before us."""
    answer = HttpResponse()
    for middleware in (SecurityMiddleware, ContentSecurityPolicyMiddleware):
        answer = middleware(lambda _: HttpResponse()).process_response(request, answer)
    del answer.headers["Content-Type"]
    return dict(answer.headers.items())


def admin_policy() -> dict[str, Any]:
    """Return the policy of the admin.

    Its skin compiles attributes to scripts (Alpine), writes its colours into a style element, and opens related
    records in a frame of its own origin.
    """
    return {
        **settings.SECURE_CSP,
        "script-src": [CSP.SELF, CSP.NONCE, CSP.UNSAFE_EVAL],
        "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
        "frame-ancestors": [CSP.SELF],
    }
