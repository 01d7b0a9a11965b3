"""The second factor of staff logins: a code from an app on the phone, or a backup code, beside the password.

Whoever has turned it on, or must (REQUIRE_2FA), is nobody to every page until the code was given: the middleware
takes the person out of the request, so that no view can forget to ask.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_otp import login as note_verified
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

BACKUP_CODES = 10
APP, BACKUP = "app", "backup"


class WrongCode(Exception):
    """The code is not the right one, or too many were tried; the message says which."""


class SecondFactorMiddleware:
    """Keeps a person whose code is still owed out of `request.user`, as `request.half_login`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.half_login = None  # type: ignore[attr-defined]  # what our login pages look for
        # Without a session nobody is logged in, and the answer may be kept by caches.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and owes_code(request.user):
            request.half_login = request.user  # type: ignore[attr-defined]
            request.user = AnonymousUser()
            if request.path == reverse("admin:login"):
                return HttpResponseRedirect(reverse("monitoring:code"))
        return self.get_response(request)


def owes_code(user: User | AnonymousUser) -> bool:
    """Tell whether this login is good only with a code that was not given yet."""
    if not user.is_authenticated or not user.is_staff or user.is_verified():  # type: ignore[attr-defined]
        return False
    return bool(settings.REQUIRE_2FA) or has_second_factor(user)


def has_second_factor(user: User) -> bool:
    """Tell whether this person's app is set up."""
    return bool(TOTPDevice.objects.devices_for_user(user, confirmed=True).exists())


def begin(user: User) -> TOTPDevice:
    """Return a new secret for the person's app; it counts only once `confirm` saw a code made with it."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user, confirmed=False).delete()
        return TOTPDevice.objects.create(user=user, name=APP, confirmed=False)


def waiting(user: User) -> TOTPDevice | None:
    """Return the secret that was begun and not confirmed yet."""
    return TOTPDevice.objects.filter(user=user, confirmed=False).first()


def confirm(request: HttpRequest, user: User, code: str) -> list[str]:
    """Turn the second factor on by a first code of the app; returns the backup codes. Raises WrongCode."""
    device = waiting(user)
    if device is None:
        raise WrongCode("Begin again: there is no secret that waits for its first code")
    _check(user, device, code)
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
        TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
        codes = new_backup_codes(user)
    device.confirmed = True
    _remember(request, user, device)
    return codes


def give_code(request: HttpRequest, user: User, code: str) -> None:
    """Finish a login with a code of the app or a backup code. Raises WrongCode."""
    text = code.replace(" ", "").lower()
    model = TOTPDevice if text.isdigit() else StaticDevice
    device = model.objects.devices_for_user(user, confirmed=True).first()
    if device is None:
        raise WrongCode("This is not the code")
    _check(user, device, text)
    _remember(request, user, device)


def new_backup_codes(user: User) -> list[str]:
    """Return fresh backup codes, each good for one login; the old ones end."""
    codes = [StaticToken.random_token() for _ in range(BACKUP_CODES)]
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name=BACKUP)
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def codes_left(user: User) -> int:
    """Return how many backup codes are not used up."""
    return int(StaticToken.objects.filter(device__user=user).count())


def turn_off(user: User) -> None:
    """Forget the person's app and backup codes."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()


def _check(user: User, device: TOTPDevice | StaticDevice, code: str) -> None:
    allowed, _why = device.verify_is_allowed()
    if not allowed:
        raise WrongCode("Too many wrong codes. Wait a little, then try again")
    if verify_token(user, device.persistent_id, code.replace(" ", "")) is None:
        raise WrongCode("This is not the code, or it was used already")


def _remember(request: HttpRequest, user: User, device: TOTPDevice | StaticDevice) -> None:
    request.user = user
    request.session.cycle_key()
    note_verified(request, device)
