"""The records of other packages, in our skin: staff, login attempts, and the queue as something to look at only.

A schedule of django-q2 runs any dotted path, and the arguments and results of its tasks are unsigned pickles:
nobody may add or change one here, and nothing of a pickle is loaded or shown.
"""

from typing import Any, ClassVar

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from axes.utils import reset
from django.contrib import admin
from django.contrib.admin import ActionLocation
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_q.models import Failure, OrmQ, Schedule, Success, Task

from monitoring import second_factor
from webmagic.admin_base import (
    ActionVariant,
    AdminPasswordChangeForm,
    ModelAdmin,
    RecordAdmin,
    UserChangeForm,
    UserCreationForm,
    action,
    display,
    run_verb,
)
from webmagic.templatetags.look import lasted

PICKLED = ("args", "kwargs", "result")

for _model in (
    User, Group, AccessAttempt, AccessFailureLog, AccessLog, Failure, Schedule, Success, StaticDevice, TOTPDevice,
):  # fmt: skip
    admin.site.unregister(_model)


@admin.register(User)
class StaffAdmin(UserAdmin, ModelAdmin):
    """People who may log in; only a superuser hands out rights or touches another superuser."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    filter_horizontal = ()  # its two boxes do not fit a phone
    RIGHTS: ClassVar[tuple[str, ...]] = ("is_staff", "is_superuser", "groups", "user_permissions")
    actions = ("forget_second_factor",)

    @action(description=_("Phone lost: turn their second step off"), variant=ActionVariant.DANGER)
    def forget_second_factor(self, request: HttpRequest, queryset: models.QuerySet[User]) -> None:
        if not _is_superuser(request):
            raise PermissionDenied
        done = gettext(
            "{n} people sign in with their password alone, until they set the second step up again"
        )
        run_verb(request, queryset, second_factor.turn_off, done=done)

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        found = super().get_actions(request, action_location)
        return found if _is_superuser(request) else {}

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fixed = [*super().get_readonly_fields(request, obj), "last_login", "date_joined"]
        return fixed if _is_superuser(request) else [*fixed, *self.RIGHTS]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[User]) -> None:
        may_go = queryset if _is_superuser(request) else queryset.filter(is_superuser=False)
        super().delete_queryset(request, may_go)


@admin.register(Group)
class RoleAdmin(GroupAdmin, ModelAdmin):
    """Groups of rights; only a superuser may change what a group may do."""

    filter_horizontal = ()

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and _is_superuser(request)


class LoginAdmin(RecordAdmin):
    """What axes keeps of a login; never what was typed."""

    list_display = ("username", "ip_address", "attempt_time", "user_agent")
    search_fields = ("username", "ip_address")
    fields = ("username", "ip_address", "attempt_time", "path_info", "user_agent")


@admin.register(AccessAttempt)
class AccessAttemptAdmin(LoginAdmin):
    """Failed logins that count towards a lock."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time", "user_agent")
    fields = ("username", "ip_address", "failures_since_start", "attempt_time", "path_info", "user_agent")
    actions = ("unlock",)

    @action(description=_("Unlock the chosen logins"), permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: models.QuerySet[AccessAttempt]) -> None:
        """Forget the failures, so that the person may try again at once."""
        run_verb(request, queryset, _unlock, done=str(_("Unlocked {n}")))


@admin.register(AccessFailureLog)
class AccessFailureLogAdmin(LoginAdmin):
    """Every login that failed."""

    list_display = ("username", "ip_address", "locked_out", "attempt_time", "user_agent")
    list_filter = ("locked_out",)


@admin.register(AccessLog)
class AccessLogAdmin(LoginAdmin):
    """Every login that worked."""

    list_display = ("username", "ip_address", "attempt_time", "logout_time", "user_agent")


@admin.register(Schedule)
class ScheduleAdmin(RecordAdmin):
    """When the queue rings what; written by `manage.py sync_schedules` only."""

    list_display = ("name", "func", "schedule_type", "minutes", "cron", "next_run")
    search_fields = ("name",)
    fields = ("name", "func", "schedule_type", "minutes", "cron", "next_run", "repeats", "cluster")


class TaskAdmin(RecordAdmin):
    """One message that a worker handled; its pickled columns are never read from the database."""

    list_display = ("name", "func", "cluster", "started", "took")
    list_filter = ("cluster",)
    search_fields = ("name", "func")
    ordering = ("-started",)
    fields = ("name", "func", "cluster", "group", "started", "stopped", "took", "attempt_count")
    readonly_fields = ("took",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Task]:
        queryset: models.QuerySet[Task] = super().get_queryset(request).defer(*PICKLED)
        return queryset

    @display(description=_("Took"))
    def took(self, obj: Task) -> str:
        """How long the worker had it."""
        return lasted(obj.stopped - obj.started)


@admin.register(Success)
class SuccessAdmin(TaskAdmin):
    """Messages that were handled."""


@admin.register(Failure)
class FailureAdmin(TaskAdmin):
    """Messages whose handler raised; the reason is in the log and on the row that it was about."""


if admin.site.is_registered(OrmQ):  # only while the queue is kept in the database
    admin.site.unregister(OrmQ)

    @admin.register(OrmQ)
    class WaitingAdmin(RecordAdmin):
        """Messages that wait for a worker; what is in them is not unpacked here."""

        list_display = ("id", "key", "lock")
        list_filter = ("key",)
        fields = ("key", "lock")


def _unlock(attempt: AccessAttempt) -> None:
    reset(ip=attempt.ip_address, username=attempt.username)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _may_touch(request: HttpRequest, obj: Any) -> bool:
    return obj is None or not obj.is_superuser or _is_superuser(request)
