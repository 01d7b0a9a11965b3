"""The admin and a few bare pages: what the tests of the frame need, whatever the rooms offer."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.middleware.csp import get_nonce
from django.urls import path

OWN_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def own_policy(request: HttpRequest) -> HttpResponse:
    headers = {"Content-Security-Policy": OWN_POLICY, "Permissions-Policy": "camera=(self)"}
    return HttpResponse("a published site", headers=headers)


def with_nonce(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(get_nonce(request)))


urlpatterns = [
    path("plain/", plain),
    path("own/", own_policy),
    path("adminish/", plain),
    path("admin/own/", own_policy),
    path("admin/nonce/", with_nonce),
    path("admin/", admin.site.urls),
]
