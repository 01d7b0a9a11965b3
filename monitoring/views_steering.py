"""The steering page and its acts: each asks back with its consequence, checks the right, and is logged."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Mailbox
from monitoring import letters, steering
from monitoring.run_now import run_now
from pipeline import limits
from pipeline.audit import record_act
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import StageError
from pipeline.models import Switch
from pipeline.queue import UnknownTask
from pipeline.states import StaleState

MAY_LOOK: Final = "pipeline.view_switch"
MAY_SWITCH: Final = "pipeline.change_switch"
MAY_LIMIT: Final = "pipeline.add_limitchange"


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """Show what can be steered, and who changed what."""
    now = SYSTEM_CLOCK.now()
    shown = steering.page(now=now)
    for found in shown["letters"]:
        found["allowed"] = request.user.has_perm(found["may"])
    may = {"may_switch": request.user.has_perm(MAY_SWITCH), "may_limit": request.user.has_perm(MAY_LIMIT)}
    return render(request, "monitoring/steering.html", shown | may | {"who_runs": steering.who_runs(now)})


# -------------------------------------------------------------------------------------------- pause and resume
@require_safe
@staff_member_required
@permission_required(MAY_SWITCH, raise_exception=True)
def ask_pause(request: HttpRequest) -> HttpResponse:
    """Ask back before something is paused, with what waits meanwhile."""
    scope, now = request.GET.get("scope", ""), SYSTEM_CLOCK.now()
    try:
        name, lines = steering.scope_words(scope), steering.waits_meanwhile(scope, now=now)
    except StageError as refusal:
        raise Http404(str(refusal)) from refusal
    return _ask(
        request,
        title=_("Pause: %(name)s?") % {"name": name},
        lead=_("It takes effect before the next act. What is being done now is finished. Nothing is lost."),
        lines=lines,
        action=reverse("monitoring:pause"),
        fields={"scope": scope, "next": reverse("monitoring:steering")},
        spans=None if scope.startswith(steering.MAILBOX) else steering.SPAN_WORDS.items(),
        act=_("Pause"),
        is_danger=True,
        keep=_("Keep running"),
    )


@require_POST
@staff_member_required
@permission_required(MAY_SWITCH, raise_exception=True)
def pause(request: HttpRequest) -> HttpResponse:
    """Stop everything, a stage, a source or a mailbox, for a while or until a person resumes it."""
    scope, why = request.POST.get("scope", ""), request.POST.get("why", "")
    span = request.POST.get("span", "")

    def act() -> str:
        said = steering.pause(scope, by=_by(request), why=why, span=span, now=SYSTEM_CLOCK.now())
        _log_switch(request, scope, "Paused", why)
        return said

    return _done(request, act)


@require_POST
@staff_member_required
@permission_required(MAY_SWITCH, raise_exception=True)
def resume(request: HttpRequest) -> HttpResponse:
    """Let a scope or a mailbox run again."""
    scope = request.POST.get("scope", "")

    def act() -> str:
        said = steering.resume(scope, by=_by(request), now=SYSTEM_CLOCK.now())
        _log_switch(request, scope, "Resumed", "")
        return said

    return _done(request, act)


# ------------------------------------------------------------------------------------------------------ limits
@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def limit(request: HttpRequest, name: str) -> HttpResponse:
    """Show one limit with its bounds and history, and let who may change it."""
    return _limit_page(request, name)


@require_POST
@staff_member_required
@permission_required(MAY_LIMIT, raise_exception=True)
def change_limit(request: HttpRequest, name: str) -> HttpResponse:
    """Put another value in force, or what the settings say; what it means is shown first, then confirmed."""
    now, why = SYSTEM_CLOCK.now(), request.POST.get("why", "").strip()
    typed, is_reset = request.POST.get("value", ""), "reset" in request.POST
    seen = request.POST.get("seen", "")
    try:
        current = limits.read_limit(name)
        value = None if is_reset else limits.parse_value(name, typed)
        limits.check_change(current, value, why=why)
        if "confirmed" not in request.POST:
            return _ask_limit(request, current, value, typed, why, now=now)
        number = int(seen) if seen.isdecimal() and len(seen) < 9 else -1
        change = limits.change_limit(name, value, seen=number, by=_by(request), why=why, now=now)
    except (StageError, StaleState) as refusal:
        return _limit_page(request, name, error=str(refusal), typed=typed, why=why)
    record_act(request.user.pk, [change], "Changed the limit", why=why)
    held = limits.in_words(name, current.file if value is None else value)
    messages.success(request, _("%(title)s: %(value)s from now on") % {"title": current.title, "value": held})
    return HttpResponseRedirect(reverse("monitoring:steering"))


def _limit_page(
    request: HttpRequest, name: str, *, error: str = "", typed: str = "", why: str = ""
) -> HttpResponse:
    try:
        found = limits.read_limit(name)
    except StageError as refusal:
        raise Http404(str(refusal)) from refusal
    shown = {
        "row": steering.limit_row(found, None),
        "history": steering.limit_history(name),
        "may_limit": request.user.has_perm(MAY_LIMIT),
        "error": error,
        "typed": typed,
        "why": why,
    }
    return render(request, "monitoring/steering_limit.html", shown, status=422 if error else 200)


def _ask_limit(
    request: HttpRequest, found: limits.Limit, value: Decimal | None, typed: str, why: str, *, now: Any
) -> HttpResponse:
    fields = {"why": why, "seen": str(found.seen), "confirmed": "yes"}
    fields |= {"reset": "yes"} if value is None else {"value": typed}
    new = limits.in_words(found.name, found.file if value is None else value)
    return _ask(
        request,
        title=_("%(title)s: %(new)s?") % {"title": found.title, "new": new},
        lead=steering.limit_means(found, value, now=now),
        lines=[],
        action=reverse("monitoring:limit_change", args=[found.name]),
        fields=fields,
        why=why,
        act=_("Set it to %(new)s") % {"new": new},
        keep=_("Leave it at %(old)s") % {"old": limits.in_words(found.name, found.value)},
    )


# ------------------------------------------------------------------------------------------------------- steps
@require_POST
@staff_member_required
@permission_required(MAY_SWITCH, raise_exception=True)
def run_step(request: HttpRequest) -> HttpResponse:
    """Run a step out of its turn."""

    def act() -> str:
        asked = run_now(request.POST.get("task", ""), now=SYSTEM_CLOCK.now())
        if asked.slot is not None:
            record_act(request.user.pk, [asked.slot], "Asked to run it now")
        return asked.text

    return _done(request, act)


# ------------------------------------------------------------------------------------------------ dead letters
@require_safe
@staff_member_required
def ask_letters(request: HttpRequest) -> HttpResponse:
    """Ask back before dead letters are tried again or set aside, with the number and the money."""
    kind, cause, now = _kind(request, request.GET), request.GET.get("cause"), SYSTEM_CLOCK.now()
    verb = request.GET.get("verb", "")
    if verb not in ("again", "aside"):
        raise Http404
    rows = letters.chosen(kind, cause)
    count = rows.count()
    if not count:
        messages.info(request, _("Nothing waits there any more"))
        return HttpResponseRedirect(reverse("monitoring:steering"))
    if verb == "again":
        lines = letters.consequence(kind, rows, now=now)
        title = ngettext("Try %(n)d again?", "Try %(n)d again?", count) % {"n": count}
        act = ngettext("Try %(n)d again", "Try %(n)d again", count) % {"n": count}
        money = kind.most_cost(rows)
    else:
        words = ngettext(
            "rests for good, and is counted no more", "rest for good, and are counted no more", count
        )
        lines, money = [(f"{count:,}", words)], Decimal(0)
        title = ngettext("Set %(n)d aside?", "Set %(n)d aside?", count) % {"n": count}
        act = ngettext("Set %(n)d aside", "Set %(n)d aside", count) % {"n": count}
    fields = {"kind": kind.key, "verb": verb, "upto": str(rows.last().pk)}  # type: ignore[union-attr]
    return _ask(
        request,
        title=title,
        lead=cause or _("Whatever the cause. The oldest come first."),
        lines=lines,
        action=reverse("monitoring:letters"),
        fields=fields | ({"cause": cause} if cause is not None else {}),
        type_number=count if money else None,
        is_danger=verb == "aside",
        act=act,
        keep=_("Leave them"),
    )


@require_POST
@staff_member_required
def settle_letters(request: HttpRequest) -> HttpResponse:
    """Try dead letters again or set them aside: those that were asked about, as far as they are still dead."""
    kind, cause = _kind(request, request.POST), request.POST.get("cause")
    verbs = {"again": letters.try_again, "aside": letters.rest}
    verb, why, upto = (
        request.POST.get("verb", ""),
        request.POST.get("why", "").strip(),
        request.POST.get("upto", ""),
    )
    if verb not in verbs or not (upto.isdecimal() and len(upto) < 19):
        raise Http404
    rows = letters.chosen(kind, cause).filter(pk__lte=int(upto))
    if not why:
        messages.error(request, _("Nothing was done. Say why, so that others know"))
        return HttpResponseRedirect(reverse("monitoring:steering"))
    count = rows.count()
    is_paid = verb == "again" and count and kind.most_cost(rows)
    if is_paid and request.POST.get("confirm", "").strip() != str(count):
        messages.error(request, _("Nothing was done. Type the number %(n)d to go on") % {"n": count})
        return HttpResponseRedirect(reverse("monitoring:steering"))
    done = verbs[verb](kind, rows, by=_by(request), why=why, now=SYSTEM_CLOCK.now())
    record_act(request.user.pk, done.moved, "Tried again" if verb == "again" else "Set aside", why=why)
    level = messages.WARNING if done.left or not done.moved else messages.SUCCESS
    messages.add_message(request, level, str(done))
    return HttpResponseRedirect(reverse("monitoring:steering"))


# ---------------------------------------------------------------------------------------------------- together
def _kind(request: HttpRequest, asked: Any) -> letters.Kind:
    try:
        kind = letters.kind_of(asked.get("kind", ""))
    except StageError as refusal:
        raise Http404(str(refusal)) from refusal
    if not request.user.has_perm(kind.may):
        raise PermissionDenied
    return kind


def _ask(request: HttpRequest, **shown: Any) -> HttpResponse:
    shown["fields"] = shown["fields"].items()
    return render(request, "monitoring/steering_ask.html", {"ask": shown})


def _done(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    """Do `act`, say what came of it, and go back to where it was asked for."""
    try:
        messages.success(request, act())
    except (StageError, StaleState, UnknownTask) as refusal:
        messages.error(request, str(refusal))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else reverse("monitoring:overview"))


def _by(request: HttpRequest) -> str:
    return f"staff:{request.user}"


def _log_switch(request: HttpRequest, scope: str, act: str, why: str) -> None:
    """Write it into the log of the switch, or of the mailbox."""
    if scope.startswith(steering.MAILBOX):
        rows: list[Switch] | list[Mailbox] = [steering.mailbox_of(scope)]
    else:
        rows = list(Switch.objects.filter(scope=scope))
    record_act(request.user.pk, rows, act, why=why)
