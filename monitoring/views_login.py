"""The pages of a login's second step, and the one on which a person turns it on or off."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitoring import second_factor as factor
from monitoring.second_factor import WrongCode

View = Callable[[HttpRequest, User], HttpResponse]


def _for_staff(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """Call the view with who logged in: wholly, or so far that a second factor may be set up for the first time."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        person: Any = request.half_login  # type: ignore[attr-defined]
        if person is not None and factor.has_second_factor(person):
            return HttpResponseRedirect(reverse("monitoring:code"))
        person = person or request.user
        if not isinstance(person, User) or not person.is_staff:
            return HttpResponseRedirect(reverse("admin:login"))
        return view(request, person)

    return wrapped


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that a login still owes."""
    person = request.half_login  # type: ignore[attr-defined]
    if person is None:
        return HttpResponseRedirect("/")
    if not factor.has_second_factor(person):
        return HttpResponseRedirect(reverse("monitoring:second_factor"))
    if request.method != "POST":
        return render(request, "monitoring/login_code.html")
    try:
        factor.give_code(request, person, request.POST.get("code", "")[:40])
    except WrongCode as error:
        return render(request, "monitoring/login_code.html", {"error": str(error)}, status=422)
    return HttpResponseRedirect("/")


@require_safe
@_for_staff
def second_factor(request: HttpRequest, person: User) -> HttpResponse:
    """Show whether the second factor is on, and the way to change that."""
    return _page(request, person)


@require_POST
@_for_staff
def begin(request: HttpRequest, person: User) -> HttpResponse:
    """Make a new secret and show it."""
    factor.begin(person)
    return HttpResponseRedirect(reverse("monitoring:second_factor"))


@require_POST
@_for_staff
def confirm(request: HttpRequest, person: User) -> HttpResponse:
    """Turn it on with a first code, and show the backup codes, once."""
    try:
        codes = factor.confirm(request, person, request.POST.get("code", "")[:40])
    except WrongCode as error:
        return _page(request, person, error=str(error))
    return render(request, "monitoring/backup_codes.html", {"codes": codes})


@require_POST
@_for_staff
def backup_codes(request: HttpRequest, person: User) -> HttpResponse:
    """Make new backup codes and show them, once."""
    if not factor.has_second_factor(person):
        return HttpResponseRedirect(reverse("monitoring:second_factor"))
    return render(request, "monitoring/backup_codes.html", {"codes": factor.new_backup_codes(person)})


@require_POST
@_for_staff
def turn_off(request: HttpRequest, person: User) -> HttpResponse:
    """Turn it off, after one more code."""
    try:
        factor.give_code(request, person, request.POST.get("code", "")[:40])
    except WrongCode as error:
        return _page(request, person, error=str(error))
    factor.turn_off(person)
    return HttpResponseRedirect(reverse("monitoring:second_factor"))


def _page(request: HttpRequest, person: User, error: str = "") -> HttpResponse:
    is_on = factor.has_second_factor(person)
    device = None if is_on else factor.waiting(person)
    context = {
        "person": person,
        "is_on": is_on,
        "codes_left": factor.codes_left(person) if is_on else 0,
        "error": error,
    }
    if device is not None:
        context["secret"] = device.config_url.partition("secret=")[2].partition("&")[0]
        context["qr"] = segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=2)
    return render(request, "monitoring/second_factor.html", context, status=422 if error else 200)
