"""Limits that people change: bounds, who, when and why, and the way back to what the settings say.

pipeline/budgets.py reads what is in force. Every change is a row of its own, numbered within its limit, so that of
two people who change one at once the second is told of the first.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pipeline.budgets import ROWS, file_limit, newest_changes
from pipeline.errors import BadData
from pipeline.models import LimitChange
from pipeline.states import StaleState

MOST_TIMES: Final = 10  # as much as the settings say: more is a matter for them, not for a page
LEAST_MOST: Final = 10  # what may be set at most where the settings say next to nothing
CENTS: Final = Decimal("0.01")

TITLES: Final[dict[str, str | Promise]] = {
    "grids": gettext_lazy("Cells a day"),
    "sites": gettext_lazy("Sites a day"),
    "mails": gettext_lazy("Mails a day"),
    "llm_usd": gettext_lazy("Claude, USD a day"),
    "overpass_calls": gettext_lazy("Overpass, calls a day"),
    "outscraper_calls": gettext_lazy("Outscraper, calls a day"),
    "outscraper_usd": gettext_lazy("Outscraper, USD a day"),
    "rows:scrape_pending_territories": gettext_lazy("Cells a run"),
    "rows:qualify_new_leads": gettext_lazy("Businesses checked a run"),
    "rows:generate_pending_sites": gettext_lazy("Sites built a run"),
    "rows:publish_completed_sites": gettext_lazy("Sites published a run"),
    "rows:retry_failed_generations": gettext_lazy("Failed sites retried a run"),
    "rows:create_campaigns_for_new_sites": gettext_lazy("Mails written a run"),
    "rows:send_pending_campaigns": gettext_lazy("Mails sent a run"),
    "rows:retry_failed_campaigns": gettext_lazy("Failed mails retried a run"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as it stands: `value` is in force, `file` is what the settings say, `least` to `most` may be set.

    `last` is its newest change, None where nobody changed it.
    """

    name: str
    title: str
    value: Decimal
    file: Decimal
    most: Decimal
    last: LimitChange | None
    least: Decimal = Decimal(0)

    @property
    def is_money(self) -> bool:
        """Whether it counts US dollars, with cents; everything else is counted in whole units."""
        return is_money(self.name)

    @property
    def is_changed(self) -> bool:
        """Whether a person's value holds in place of the settings'."""
        return self.last is not None and self.last.value is not None

    @property
    def seen(self) -> int:
        """The number of its newest change: what a form gives back, so that nothing is overwritten unseen."""
        return self.last.number if self.last else 0


def is_money(name: str) -> bool:
    """Tell whether a limit counts US dollars."""
    return name.endswith("_usd")


def title_of(name: str) -> str:
    """Return the name of a limit for people."""
    return str(TITLES.get(name) or name.removeprefix(ROWS).replace("_", " ").capitalize())


def limit_names() -> list[str]:
    """Return every limit that may be changed: the day budgets, then the rows of a run."""
    return [*settings.DAY_BUDGETS, *(f"{ROWS}{task}" for task in settings.LIMITS)]


def all_limits() -> list[Limit]:
    """Return every limit as it stands."""
    newest = {change.name: change for change in newest_changes()}
    return [_limit(name, newest.get(name)) for name in limit_names()]


def read_limit(name: str) -> Limit:
    """Return one limit as it stands; raises BadData for a name that has none."""
    if name not in limit_names():
        raise BadData(_("There is no limit “%(name)s”") % {"name": name[:80]})
    return _limit(name, LimitChange.objects.filter(name=name).order_by("-number").first())


def parse_value(name: str, text: str) -> Decimal:
    """Return what a person typed as the value of a limit; raises BadData that says what is wrong with it."""
    limit = read_limit(name)
    try:
        value = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        raise BadData(_("Type a number, such as %(file)s") % {"file": in_words(name, limit.file)}) from None
    _check_value(limit, value)
    return value


def check_change(limit: Limit, value: Decimal | None, *, why: str) -> None:
    """Raise BadData unless `value` may be put in force in place of what holds; None is what the settings say."""
    if not why.strip():
        raise BadData(_("Say why, so that others know"))
    if value is not None:
        _check_value(limit, value)
    if value == limit.value or (value is None and not limit.is_changed):
        raise BadData(_("That is what holds already"))


def change_limit(
    name: str, value: Decimal | None, *, seen: int, by: str, why: str, now: datetime
) -> LimitChange:
    """Put `value` in force from the next claim on, in every process; None goes back to what the settings say.

    `seen` is the number of the change that the person looked at, 0 for none. Raises BadData outside the bounds or
    without a reason, StaleState when somebody else changed the limit since.
    """
    limit = read_limit(name)
    if limit.seen != seen:
        raise StaleState(_("Somebody else changed this limit meanwhile. Look at it again"))
    check_change(limit, value, why=why)
    try:
        with transaction.atomic():
            return LimitChange.objects.create(
                name=name,
                number=seen + 1,
                value=value,
                before=limit.value,
                by=by[:120],
                at=now,
                why=why.strip()[:300],
            )
    except IntegrityError:
        raise StaleState(_("Somebody else changed this limit meanwhile. Look at it again")) from None


def in_words(name: str, value: Decimal) -> str:
    """Return the value of a limit as people read it: 1,200, or $5.00 for money."""
    return f"${value:,.2f}" if is_money(name) else f"{value:,.0f}"


def _limit(name: str, last: LimitChange | None) -> Limit:
    default = file_limit(name)
    value = default if last is None or last.value is None else last.value
    most = max(default * MOST_TIMES, Decimal(LEAST_MOST))
    return Limit(name=name, title=title_of(name), value=value, file=default, most=most, last=last)


def _check_value(limit: Limit, value: Decimal) -> None:
    step = CENTS if limit.is_money else Decimal(1)
    if not value.is_finite() or not limit.least <= value <= limit.most:
        raise BadData(
            _("%(title)s must be from %(least)s to %(most)s. More needs the settings of the installation")
            % {
                "title": limit.title,
                "least": in_words(limit.name, limit.least),
                "most": in_words(limit.name, limit.most),
            }
        )
    if value != value.quantize(step):
        raise BadData(_("Type whole cents") if limit.is_money else _("Type a whole number"))
