"""What it costs, from the one ledger of effects: by day, source, model, step and site, in USD as it was booked.

A call of which nobody knows whether it was billed stands in the ledger at the most that it can cost; how many of
those there are is told with every sum.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from businesses.models import Business
from campaigns.models import Campaign, Message
from customers.models import Customer, Payment
from pipeline.budgets import day_bounds
from pipeline.models import Effect
from sites.engines.claude.prices import price_on
from sites.models import Site

SITES_SHOWN: Final = 20
MODEL_CALLS: Final = ".claude."  # in the kind of every question to a model
SCRAPES: Final = "scrape."
MILLIONTH: Final = Decimal("0.000001")

type Row = dict[str, Any]  # a part of the ledger: by what it was added up, and usd, count, doubtful


@dataclass(frozen=True, slots=True)
class Spending:
    """`usd` in all; `calls` that were paid for; `doubtful`: those in it of which nobody knows whether they were
    billed, counted at the most that they can cost."""

    usd: Decimal
    calls: int
    doubtful: int


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the spending: a source, or a step of a model. `price_known` is False where the model's price is
    not, so that its answers count at the most they can cost."""

    name: str
    step: str
    spending: Spending
    price_known: bool = True


@dataclass(frozen=True, slots=True)
class SiteCost:
    """What one business's own rows cost: its site with all its versions, and its mails."""

    business: Business | None
    slug: str
    site_usd: Decimal
    mail_usd: Decimal

    @property
    def usd(self) -> Decimal:
        return self.site_usd + self.mail_usd


def paid_effects(first: date, last: date) -> QuerySet[Effect]:
    """Return the effects that cost something and were called on the days from `first` to `last`, both in it."""
    begins, ends = day_bounds(first)[0], day_bounds(last)[1]
    return Effect.objects.filter(called_at__gte=begins, called_at__lt=ends).exclude(cost=0)


def spending_on(subjects: Collection[str]) -> Spending:
    """Return what was spent on these rows, each as app.model:id."""
    return together(_grouped(Effect.objects.filter(subject__in=list(subjects)).exclude(cost=0), "status"))


def read_ledger(first: date, last: date) -> list[Row]:
    """Return what was paid from `first` to `last`, added up by day, kind and model: all that the parts are made of."""
    day = TruncDate("called_at", tzinfo=timezone.get_default_timezone())
    return _grouped(paid_effects(first, last).annotate(day=day), "day", "kind", "request__model")


def together(rows: Iterable[Row]) -> Spending:
    """Return what these parts of the ledger cost together."""
    found = list(rows)
    usd = sum((_usd(row["usd"]) for row in found), Decimal(0))
    return Spending(usd, sum(row["count"] for row in found), sum(row["doubtful"] for row in found))


def per_day(rows: Iterable[Row], first: date, last: date) -> list[tuple[date, Decimal, Decimal]]:
    """Return (day, models, sources) in USD for every day from `first` to `last`."""
    models: dict[date, Decimal] = {}
    sources: dict[date, Decimal] = {}
    for row in rows:
        sums = models if MODEL_CALLS in row["kind"] else sources
        sums[row["day"]] = sums.get(row["day"], Decimal(0)) + _usd(row["usd"])
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [(day, models.get(day, Decimal(0)), sources.get(day, Decimal(0))) for day in days]


def per_source(rows: Iterable[Row]) -> list[Share]:
    """Return what each source of businesses, and whatever else is no model, cost; the dearest first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if MODEL_CALLS not in row["kind"]:
            name = row["kind"].split(".")[1] if row["kind"].startswith(SCRAPES) else row["kind"]
            found.setdefault(name, []).append(row)
    return _dearest(Share(name, "", together(mine)) for name, mine in found.items())


def per_model(rows: Iterable[Row], *, on: date) -> list[Share]:
    """Return what each step of each model cost, the dearest first; `on` is the day whose prices are asked for."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if MODEL_CALLS in row["kind"]:
            found.setdefault((row["request__model"] or "", row["kind"]), []).append(row)
    return _dearest(
        Share(
            model,
            kind.replace(MODEL_CALLS, ": ").capitalize(),
            together(mine),
            price_known=bool(model and price_on(model, on)),
        )
        for (model, kind), mine in found.items()
    )


def dearest_sites(effects: QuerySet[Effect], *, shown: int = SITES_SHOWN) -> list[SiteCost]:
    """Return the businesses whose own rows cost the most, the dearest first."""
    site, mail = f"{Site._meta.label_lower}:", f"{Campaign._meta.label_lower}:"
    mine = effects.filter(Q(subject__startswith=site) | Q(subject__startswith=mail))
    sums = dict(mine.order_by().values_list("subject").annotate(usd=Sum("cost")))
    of_sites = {
        int(subject[len(site) :]): _usd(usd) for subject, usd in sums.items() if subject.startswith(site)
    }
    of_mails = {
        int(subject[len(mail) :]): _usd(usd) for subject, usd in sums.items() if subject.startswith(mail)
    }
    site_of = dict(Campaign.objects.filter(pk__in=list(of_mails)).values_list("pk", "site_id"))
    by_site = {site_of[pk]: usd for pk, usd in of_mails.items() if pk in site_of}
    totals = {
        pk: of_sites.get(pk, Decimal(0)) + by_site.get(pk, Decimal(0))
        for pk in of_sites.keys() | by_site.keys()
    }
    first = sorted(totals, key=lambda pk: (-totals[pk], pk))[:shown]
    rows = {row.pk: row for row in Site.objects.filter(pk__in=first).select_related("business")}
    return [
        SiteCost(
            rows[pk].business if pk in rows else None,
            rows[pk].slug if pk in rows else str(pk),
            of_sites.get(pk, Decimal(0)),
            by_site.get(pk, Decimal(0)),
        )
        for pk in first
    ]


def of_customers(customers: Iterable[Customer]) -> dict[int, Spending]:
    """Return what the own rows of each customer cost ever: its site and its mails, by the customer's key."""
    owners: dict[str, int] = {}
    by_business = {customer.business_id: customer.pk for customer in customers}
    sites = Site.objects.filter(business_id__in=by_business).values_list("pk", "business_id", "campaign")
    for site, business, campaign in sites:
        owners[f"{Site._meta.label_lower}:{site}"] = by_business[business]
        if campaign:
            owners[f"{Campaign._meta.label_lower}:{campaign}"] = by_business[business]
    rows: dict[int, list[Row]] = {pk: [] for pk in by_business.values()}
    for row in _grouped(Effect.objects.filter(subject__in=list(owners)).exclude(cost=0), "subject"):
        rows[owners[row["subject"]]].append(row)
    return {pk: together(found) for pk, found in rows.items()}


def paid_by(customers: Iterable[Customer]) -> dict[int, Decimal]:
    """Return what each customer paid and did not get back, in the agency's currency, by the customer's key."""
    paid = Payment.objects.filter(customer__in=list(customers), status=Payment.Status.RECEIVED)
    return dict(paid.order_by().values_list("customer").annotate(money=Sum("amount")))


def mails_sent(first: date, last: date) -> int:
    """Return how many mails went out on these days; what a provider asks for them stands in no ledger of ours."""
    begins, ends = day_bounds(first)[0], day_bounds(last)[1]
    return Message.objects.filter(sent_at__gte=begins, sent_at__lt=ends).count()


def customers_won(first: date, last: date) -> int:
    """Return how many became customers on the days from `first` to `last`."""
    begins, ends = day_bounds(first)[0], day_bounds(last)[1]
    return Customer.objects.filter(since__gte=begins, since__lt=ends).count()


def dollars(usd: Decimal) -> str:
    """Return US dollars as people write them: "$1,204.50", and small sums with what matters of them: "$0.0123"."""
    return f"${usd:,.4f}" if usd and abs(usd) < Decimal("0.1") else f"${usd:,.2f}"


def _grouped(effects: QuerySet[Effect], *by: str) -> list[Row]:
    doubt = ~Q(status=Effect.Status.DONE)
    rows = effects.order_by().values(*by)
    return list(rows.annotate(usd=Sum("cost"), count=Count("pk"), doubtful=Count("pk", filter=doubt)))


def _dearest(shares: Iterable[Share]) -> list[Share]:
    return sorted(shares, key=lambda share: (-share.spending.usd, share.name, share.step))


def _usd(amount: Decimal | None) -> Decimal:
    """Return USD to the millionth: SQLite adds in floats."""
    return Decimal(amount or 0).quantize(MILLIONTH)
