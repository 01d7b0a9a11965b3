"""The one way to the admin's skin: every room's admin.py imports from here and nowhere else.

The skin (django-unfold) can be exchanged in this file. RecordAdmin is what the records of the pipeline are shown
with: the machinery owns the rows, people look at them and ask for things by actions.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin as SkinModelAdmin
from unfold.admin import StackedInline, TabularInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminSelect2MultipleWidget as SelectManyWidget
from unfold.widgets import UnfoldAdminSelectWidget as SelectWidget

from pipeline import dead_letters
from pipeline.audit import record_act
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import StageError
from pipeline.models import TimelineEntry, WorkItem
from pipeline.states import IllegalTransition, StaleState
from pipeline.why import can_explain, explain
from webmagic.admin_exports import export_rows
from webmagic.admin_lists import GaveUpFilter, RecordList, quick_filters, row_checkbox
from webmagic.look import status_word
from webmagic.templatetags.look import draw_pill

__all__ = [
    "ActionVariant",
    "AdminPasswordChangeForm",
    "Ask",
    "GaveUpFilter",
    "ModelAdmin",
    "RecordAdmin",
    "SelectManyWidget",
    "SelectWidget",
    "StackedInline",
    "TabularInline",
    "UserChangeForm",
    "UserCreationForm",
    "action",
    "display",
    "export_rows",
    "run_verb",
    "set_aside_action",
    "why_of",
]

ROWS_AN_ACTION = 1000
TIMELINE_SHOWN = 20
REASONS_SHOWN = 3
ROWS_NAMED = 10
WHY_LENGTH = 300
NOT_ASKED_AGAIN = ("csrfmiddlewaretoken", "confirmed", "confirm", "why")
MACHINERY = frozenset(field.name for field in WorkItem._meta.fields)


class ModelAdmin(SkinModelAdmin):
    """The skin's own, for records that are edited the way Django does it, such as staff."""

    @display(description=SkinModelAdmin.action_checkbox.short_description)
    def action_checkbox(self, obj: models.Model) -> SafeString:
        """The box of a row."""
        return row_checkbox(obj.pk)

    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: list[tuple[str, str]] | None = None,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> list[tuple[str, str]]:
        """Django asks for the location; the skin does not know of it yet."""
        return admin.ModelAdmin.get_action_choices(
            self, request, default_choices or [("", _("Choose what to do"))], action_location
        )


class RecordAdmin(ModelAdmin):
    """The list and the page of one kind of record: nothing is added, deleted or changed unless it says so.

    - `editable`: names of the fields that people may change; only those columns are written when they save.
    - `may_add`, `may_delete`: whether people may, if they also hold Django's permission.
    - `also_exported`: names of methods that give the list's file a further column each, their cell of a row;
      `to_export` prepares the rows for them.
    - `status_pill` is a column for list_display; it stands in place of `status` on the page.
    - `trouble` is a column for list_display: why a work item did not go on.
    - the page of a row of which somebody knows it says right below its state why it does not move (`why_next`).
    - the page of a work item ends with the machinery's columns in words (`work`) and its timeline.
    """

    editable: ClassVar[Collection[str]] = ()
    actions: Any = ()
    also_exported: ClassVar[Collection[str]] = ()
    may_add: ClassVar[bool] = False
    may_delete: ClassVar[bool] = False

    list_per_page = 20
    show_full_result_count = False
    paginator = InfinitePaginator  # never counts the table
    list_disable_select_all = True  # "all" would be all of a million
    list_fullwidth = True
    list_filter_submit = False
    ordering = ("-pk",)
    empty_value_display = gettext_lazy("not known")

    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        actions: list[Any] = [*(self.actions or ()), export_rows]
        if issubclass(model, WorkItem) and dead_letters.FAILED in model.TRANSITIONS:
            actions.append(set_aside_action)
        self.actions = actions

    def to_export(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """The chosen rows with what `also_exported` needs of them."""
        return rows

    @display(description=gettext_lazy("State"), ordering="status")
    def status_pill(self, obj: models.Model) -> SafeString:
        """The status of the row in the words, colour and icon of webmagic.look."""
        word = status_word(obj._meta.label_lower, obj.status)  # type: ignore[attr-defined]
        return draw_pill(word.tone, word.icon, str(word.word))

    @display(description=gettext_lazy("Last error"))
    def trouble(self, obj: WorkItem) -> str:
        """Why the row did not go on, for list_display; a dash where nothing went wrong."""
        return obj.last_error or "–"

    @display(description=gettext_lazy("Work"))
    def work(self, obj: WorkItem) -> str:
        """The machinery's columns in sentences: who has the row, how often it was tried, what went wrong."""
        said = []
        if obj.claimed_at is not None:
            since = date_format(localtime(obj.claimed_at), "DATETIME_FORMAT")
            said.append(_("At work since %(since)s (%(owner)s)") % {"since": since, "owner": obj.claimed_by})
        elif obj.next_attempt_at > obj.status_changed_at:
            after = date_format(localtime(obj.next_attempt_at), "DATETIME_FORMAT")
            said.append(_("Not before %(after)s") % {"after": after})
        if obj.attempts:
            said.append(ngettext("tried %(n)d time", "tried %(n)d times", obj.attempts) % {"n": obj.attempts})
        if obj.reopened_count:
            times = ngettext("reopened %(n)d time", "reopened %(n)d times", obj.reopened_count)
            said.append(times % {"n": obj.reopened_count})
        if obj.last_error:
            said.append(f"{obj.get_error_kind_display() or _('Last error')}: {obj.last_error}")
        return ". ".join(part[:1].upper() + part[1:] for part in said) or "–"

    @display(description=gettext_lazy("Why it does not move"))
    def why_next(self, obj: models.Model) -> SafeString | str:
        """The binding reason and the next thing that happens by itself, with a link to the business's whole life."""
        found = explain(obj, now=SYSTEM_CLOCK.now())
        business = (
            obj.pk if obj._meta.label_lower == "businesses.business" else getattr(obj, "business_id", None)
        )
        life = reverse("monitoring:life", args=[business]) if business else ""
        return render_to_string("components/why_next.html", {"why": found, "life": life}) if found else "–"

    @display(description=gettext_lazy("Timeline"))
    def timeline(self, obj: models.Model) -> SafeString | str:
        """What happened to the row, newest first."""
        label = obj._meta.label_lower
        rows = TimelineEntry.objects.filter(model=label, row_id=obj.pk).order_by("-at", "-pk")
        entries = [
            {
                "title": _("%(before)s to %(after)s")
                % {
                    "before": status_word(label, row.from_status).word,
                    "after": status_word(label, row.to_status).word,
                },
                "reason": f"{row.reason} ({row.by})" if row.reason else row.by,
                "at": row.at,
                "tone": status_word(label, row.to_status).tone,
                "icon": status_word(label, row.to_status).icon,
            }
            for row in rows[:TIMELINE_SHOWN]
        ]
        if not entries:
            return _("Nothing happened to it yet")
        return render_to_string("components/timeline.html", {"entries": entries})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.may_delete and super().has_delete_permission(request, obj)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RecordList]:
        return RecordList

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return quick_filters(self.model, super().get_list_filter(request))

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        """Who may only look gets no actions, whatever an action itself demands."""
        return super().get_actions(request, action_location) if self.has_change_permission(request) else {}

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """The state, then every column but the machinery's, unless the admin class names its fields."""
        if self.fields:
            return _with_why(list(self.fields), obj)
        if obj is None:
            return [field.name for field in self._columns() if field.editable and field.name != "status"]
        names = [field.name for field in self._columns() if field.name not in MACHINERY]
        if "status" in names:
            names.remove("status")
            names.insert(0, "status_pill")
        return _with_why([*names, "work", "timeline"] if isinstance(obj, WorkItem) else names, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        """Everything but `editable`; a record that is being added may be filled in."""
        fixed = [
            *super().get_readonly_fields(request, obj),
            "status_pill",
            "trouble",
            "why_next",
            "work",
            "timeline",
        ]
        if obj is None:
            return fixed
        return fixed + [field.name for field in self._columns() if field.name not in self.editable]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offers no Save on a page where nothing can be changed."""
        if object_id is not None and not self.editable:
            buttons = ("show_save", "show_save_and_continue", "show_save_and_add_another")
            extra_context = dict.fromkeys(buttons, False) | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        """Writes only what was changed: workers own the other columns and may have moved them meanwhile."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        changed = [name for name in form.changed_data if name in self.editable]
        if changed:
            obj.save(update_fields=changed)

    def _columns(self) -> "list[models.Field[Any, Any]]":
        left_out = self.exclude or ()
        return [
            field for field in self.model._meta.fields if not field.primary_key and field.name not in left_out
        ]


def _with_why(names: list[Any], obj: models.Model | None) -> list[Any]:
    """Put why the row does not move right below its state, where its model is one of which somebody knows it."""
    if obj is None or not can_explain(type(obj)) or "why_next" in names:
        return names
    at = names.index("status_pill") + 1 if "status_pill" in names else 0
    return [*names[:at], "why_next", *names[at:]]


# Words with {n} for a number; or what makes them of it, where one row needs words of its own.
type Words = str | Promise | Callable[[int], str]


@dataclass(frozen=True)
class Ask[Row: models.Model]:
    """What an action asks back before it is done: `act` is the question and the button, with {n} for the rows.

    `means` returns lines of a number and words from the chosen rows, `cost` the USD that it takes at most: where it
    is not nothing, the number of rows is typed. `is_harmless`: nothing is lost by it, so that its button warns of
    nothing.
    """

    act: Words
    means: Callable[[models.QuerySet[Row]], list[tuple[str, str]]] = lambda rows: []
    cost: Callable[[models.QuerySet[Row]], Decimal] = lambda rows: Decimal(0)
    is_harmless: bool = False


def why_of(request: HttpRequest) -> str:
    """Return why a person wants what was asked back."""
    return request.POST.get("why", "").strip()[:WHY_LENGTH]


def run_verb[Row: models.Model](
    request: HttpRequest,
    queryset: models.QuerySet[Row],
    verb: Callable[[Row], object],
    *,
    done: Words,
    ask: Ask[Row] | None = None,
) -> HttpResponse | None:
    """Call `verb` for each chosen row and say in one message what came of it; an action returns what this returns.

    `done` is the sentence for the rows that moved, with their number as {n}: "Requeued {n}". A row that moved
    meanwhile, or that its table does not let go there, is left as it is, named with its reason, and never ends
    in a traceback. With `ask` a page comes first that says what it means and asks why; who did what to which row
    is kept in the log of the back office.
    """
    rows = list(queryset[: ROWS_AN_ACTION + 1])
    if len(rows) > ROWS_AN_ACTION:
        message = _("Nothing was done. Choose at most %(most)d rows at a time") % {"most": ROWS_AN_ACTION}
        messages.error(request, message)
        return None
    if ask is not None and rows and not _is_confirmed(request, ask, queryset, len(rows)):
        return _ask_page(request, queryset, ask, rows)
    reasons: dict[str, int] = {}
    moved: list[Row] = []
    for row in rows:
        try:
            verb(row)
        except (StaleState, IllegalTransition, StageError, ValidationError) as error:
            reason = _reason(row, error)
            reasons[reason] = reasons.get(reason, 0) + 1
        else:
            moved.append(row)
    name = next((name for name in request.POST.getlist("action") if name), "")
    record_act(request.user.pk, moved, name.replace("_", " ").capitalize(), why=why_of(request))
    _report(request, len(moved), _in_words(done, len(moved)), reasons)
    return None


def _is_confirmed(request: HttpRequest, ask: Ask[Any], queryset: models.QuerySet[Any], count: int) -> bool:
    """Tell whether the page that asks back was answered whole: with a reason and, where it costs, the number."""
    if "confirmed" not in request.POST:
        return False
    if not why_of(request):
        messages.error(request, _("Nothing was done. Say why, so that others know"))
        return False
    if ask.cost(queryset) and request.POST.get("confirm", "").strip() != str(count):
        messages.error(request, _("Nothing was done. Type the number %(n)d to go on") % {"n": count})
        return False
    return True


def _ask_page(
    request: HttpRequest, queryset: models.QuerySet[Any], ask: Ask[Any], rows: list[Any]
) -> HttpResponse:
    count, cost = len(rows), ask.cost(queryset)
    again = {name: request.POST.getlist(name) for name in request.POST if name not in NOT_ASKED_AGAIN}
    lines = ask.means(queryset)
    if cost:
        lines.append((f"${cost:,.2f}", _("at most is paid for it")))
    shown = {
        "title": f"{_in_words(ask.act, count)}?",
        "act": _in_words(ask.act, count),
        "is_harmless": ask.is_harmless,
        "lines": lines,
        "rows": [str(row) for row in rows[:ROWS_NAMED]],
        "more": max(count - ROWS_NAMED, 0),
        "fields": [(name, value) for name, values in again.items() for value in values],
        "type_number": count if cost else None,
        "opts": queryset.model._meta,
    }
    return TemplateResponse(request, "admin/ask.html", admin.site.each_context(request) | shown)


def _in_words(words: Words, count: int) -> str:
    return str(words(count) if callable(words) else words).format(n=count)


def _report(request: HttpRequest, count: int, done: str, reasons: dict[str, int]) -> None:
    left = sum(reasons.values())
    if not left:
        messages.success(request, done)
        return
    said = ngettext("%(count)d stayed as it was", "%(count)d stayed as they were", left) % {"count": left}
    why = list(reasons)[:REASONS_SHOWN]
    if len(reasons) > REASONS_SHOWN:
        why.append(_("%(count)d more reasons") % {"count": len(reasons) - REASONS_SHOWN})
    whole = f"{done}. " if count else ""
    level = messages.WARNING if count else messages.ERROR
    messages.add_message(request, level, f"{whole}{said}: {'; '.join(why)}")


def _reason(row: models.Model, error: Exception) -> str:
    """Say why one row was left, in words for the person who asked."""
    if isinstance(error, StaleState):
        return _("somebody else changed it, or a worker holds it")
    if isinstance(error, IllegalTransition):
        word = status_word(row._meta.label_lower, getattr(row, "status", "")).word
        return _("“%(word)s” does not allow this") % {"word": word}
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return str(error)


@action(description=gettext_lazy("Dead letters: set aside for good"), permissions=["change"])
def set_aside_action(
    screen: RecordAdmin, request: HttpRequest, queryset: models.QuerySet[Any]
) -> HttpResponse | None:
    """Let rows that gave up rest: they are counted no more until somebody asks for another try."""
    by, why = f"staff:{request.user}", why_of(request)
    return run_verb(
        request,
        queryset,
        lambda row: dead_letters.set_aside(row, by=by, why=why, now=SYSTEM_CLOCK.now()),
        done=_("{n} are set aside"),
        ask=Ask(_("Set {n} aside")),
    )
