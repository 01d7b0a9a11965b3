"""The page of costs: its figures are the ledger's, each once, and what nobody knows is not told as nothing."""

import contextlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Campaign
from customers.models import Customer, Payment
from monitoring import costs
from monitoring.money import ledger_between
from monitoring.tests.factories import make_campaign, make_message, make_payment
from monitoring.tests.test_life import pay
from pipeline import budgets, effects, states
from pipeline.budgets import budget_day
from pipeline.clock import VirtualClock
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import BadData, StageError
from pipeline.models import Effect

pytestmark = pytest.mark.django_db
PAGE = "/dashboard/costs/"


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


def spend(campaign: Campaign, *, days: int = 0) -> None:
    """Let a cell, a site and a mail of a business be paid for, so many days ago."""
    at = timezone.now() - timedelta(days=days)
    site = states.label(campaign.site)
    pay(states.label(campaign.business.grid), at, "0.30")
    pay(site, at, "0.0213", kind="site.claude.copy", request={"model": "claude-sonnet-5-5"})
    pay(site, at, "0.0100", kind="site.claude.plan", request={"model": "claude-haiku-5-5"})
    pay(site, at, "0.5", kind="site.claude.judge", request={"model": "claude-of-tomorrow"})
    pay(
        states.label(campaign),
        at,
        "0.0031",
        kind="letter.claude.write",
        request={"model": "claude-haiku-5-5"},
    )
    pay(site, at, "0", kind="publish")


def all_of_the_ledger() -> Decimal:
    total: Decimal = Effect.objects.aggregate(total=Sum("cost"))["total"]
    return total.quantize(Decimal("0.000001"))


def test_every_way_to_add_up_gives_the_ledger(owner: Client) -> None:
    for days in (0, 1, 6):
        spend(make_campaign(timezone.now()), days=days)
    page = owner.get(PAGE + "?period=7").context
    total = all_of_the_ledger()
    assert total == Decimal("2.5032")
    assert page["spent"].usd == total
    assert sum(bar["usd"] for bar in page["plot"]["bars"]) == total
    shares = [*page["sources"], *page["models"]]
    assert sum(share.spending.usd for share in shares) == total
    of_sites = sum(cost.usd for cost in page["sites"])
    assert of_sites + sum(share.spending.usd for share in page["sources"]) == total


def test_days_outside_the_period_are_left_out(owner: Client) -> None:
    spend(make_campaign(timezone.now()), days=20)
    assert owner.get(PAGE + "?period=7").context["spent"].usd == 0
    assert owner.get(PAGE + "?period=30").context["spent"].usd == all_of_the_ledger()
    assert owner.get(PAGE + "?period=nonsense").context["period"].length == 30


def test_site_costs_what_its_site_and_mails_cost_the_dearest_first(owner: Client) -> None:
    cheap, dear = make_campaign(timezone.now()), make_campaign(timezone.now())
    spend(cheap)
    spend(dear)
    pay(states.label(dear), timezone.now(), "9.00", kind="letter.claude.judge")
    first, second = owner.get(PAGE).context["sites"]
    assert (first.business, first.site_usd, first.mail_usd) == (
        dear.business,
        Decimal("0.5313"),
        Decimal("9.0031"),
    )
    assert (second.business, second.usd) == (cheap.business, Decimal("0.5344"))
    assert f'href="/dashboard/businesses/{dear.business_id}/life/"' in owner.get(PAGE).text


def test_the_dearest_are_chosen_among_all(owner: Client) -> None:
    campaigns = [make_campaign(timezone.now()) for _ in range(5)]
    for number, campaign in enumerate(campaigns):
        pay(states.label(campaign.site), timezone.now(), f"0.{number + 1}")
        pay(states.label(campaign), timezone.now(), f"{5 - number}", kind="letter.claude.write")
    effects = costs.paid_effects(budget_day(timezone.now()), budget_day(timezone.now()))
    shown = [cost.slug for cost in costs.dearest_sites(effects, shown=2)]
    assert shown == [campaign.site.slug for campaign in campaigns[:2]]


def test_cost_of_a_customer_is_all_by_those_who_came(owner: Client) -> None:
    campaign = make_campaign(timezone.now())
    spend(campaign)
    card = owner.get(PAGE).context["cards"][2]
    assert card["value"] is None  # nobody came: no number is made up
    assert "Not known" in owner.get(PAGE).text
    Customer.objects.create(business=campaign.business, site=campaign.site, since=timezone.now())
    make_payment(timezone.now(), "29.00")
    make_payment(timezone.now() - timedelta(days=50), "29.00")
    assert owner.get(PAGE).context["cards"][2]["value"] == costs.dollars(all_of_the_ledger() / 2)


def test_customer_costs_its_own_rows_and_paid_what_was_kept(owner: Client) -> None:
    campaign, other = make_campaign(timezone.now()), make_campaign(timezone.now())
    spend(campaign, days=300)
    spend(other)
    customer = Customer.objects.create(business=campaign.business, site=campaign.site, since=timezone.now())
    money: dict[str, Any] = {"customer": customer, "currency": "USD", "received_at": timezone.now()}
    Payment.objects.create(amount=29, reference="R-kept", **money)
    gone = {"status": "refunded", "refunded_at": timezone.now()}
    Payment.objects.create(amount=29, reference="R-back", **money, **gone)
    (row,) = owner.get(PAGE).context["customers"]
    assert (row["spent"].usd, row["paid"]) == (Decimal("0.5344"), "$29.00")


def test_what_is_not_known_is_said(owner: Client, settings: Any) -> None:
    campaign = make_campaign(timezone.now())
    spend(campaign)
    pay(states.label(campaign.site), timezone.now(), "0.04", kind="site.claude.copy", status="planned",
        request={"model": "claude-haiku-5-5"})  # fmt: skip
    settings.MAIL_URL = "smtp://127.0.0.1:1"
    settings.PUBLISH_TO = "s3://sites"
    make_message(campaign, timezone.now(), sent_at=timezone.now())
    html = owner.get(PAGE).text
    assert "Price not known" in html
    assert "1 call is uncertain" in html
    assert "not known: on the provider" in html
    assert "not known: on the host" in html


def test_what_is_left_of_the_day_is_told(owner: Client, settings: Any) -> None:
    settings.DAY_BUDGETS = settings.DAY_BUDGETS | {"llm_usd": Decimal(5)}
    budgets.reserve("llm_usd", Decimal("1.25"), now=timezone.now())
    (left,) = owner.get(PAGE).context["budgets"]
    assert (left["used"], left["limit"], left["left"]) == (Decimal("1.25"), Decimal(5), Decimal("3.75"))


def test_asks_the_same_few_questions_for_one_row_and_for_many(owner: Client) -> None:
    def fill() -> None:
        campaign = make_campaign(timezone.now())
        spend(campaign)
        Customer.objects.create(business=campaign.business, site=campaign.site, since=timezone.now())

    fill()
    owner.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        owner.get(PAGE)
    for _ in range(12):
        fill()
    with CaptureQueriesContext(connection) as many:
        owner.get(PAGE)
    assert len(many) == len(one) <= 20, len(one)


def test_is_for_staff_who_may_see_the_ledger(client: Client) -> None:
    assert client.get(PAGE).status_code == 302
    clerk = User.objects.create_user("clerk", is_staff=True)
    client.force_login(clerk)
    assert client.get(PAGE).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_effect"))
    assert client.get(PAGE).status_code == 200
    assert " style=" not in client.get(PAGE).text


def test_overview_and_costs_tell_the_same_of_what_the_ledger_settled(
    settings: Any, clock: VirtualClock
) -> None:
    """One reads the days' budgets, the other the ledger's rows: both are written by one settling."""
    settings.DAY_BUDGETS = {**settings.DAY_BUDGETS, "llm_usd": Decimal(5)}
    kind = EffectKind("site.claude.copy", Policy.PARK)
    subject = states.label(make_campaign(clock.now()).site)

    def settle(key: str, answer: Outcome | Exception) -> None:
        request = {"model": "claude-haiku-5-5", "of": key}
        effect = effects.plan(
            kind,
            key,
            subject=subject,
            request=request,
            now=clock.now(),
            budget="llm_usd",
            reserve=Decimal("0.3"),
        )

        def call(_effect: Effect) -> Outcome:
            if isinstance(answer, Exception):
                raise answer
            return answer

        with contextlib.suppress(StageError):
            effects.run(kind, effect, call, now=clock.now)

    settle("answered", Outcome(response="{}", cost=Decimal("0.0213")))
    settle("cut off", ConnectionResetError("the line broke"))  # it may be billed: reserved in full
    settle("refused", BadData("it is no prompt"))
    today = budget_day(clock.now())
    assert costs.together(costs.read_ledger(today, today)).usd == Decimal("0.3213")
    assert ledger_between(today, today).went_out([today]) == Decimal("0.3213")
