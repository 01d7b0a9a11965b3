"""The page of a business's data: given out and erased by those who may, and by nobody by mistake."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from businesses.models import Business
from businesses.tests.factories import make_business
from campaigns import suppression
from campaigns.models import CountryRule, LegalBasis
from campaigns.tests.factories import make_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def business(db: None) -> Business:
    return make_message().campaign.business


def page(business: Business, act: str = "") -> str:
    return f"/dashboard/leads/{business.pk}/data/{act}"


def test_staff_see_what_is_held_and_give_it_out(admin_client: Client, business: Business):
    answer = admin_client.get(page(business))
    assert answer.status_code == 200
    assert b"What stays" in answer.content
    exported = admin_client.post(page(business, "export/"))
    assert exported.content.startswith(b"PK")
    assert "attachment" in exported["Content-Disposition"]


@pytest.mark.parametrize("data", [{}, {"confirm": "0", "reason": "asked"}, {"confirm": "PK"}])
def test_nothing_is_erased_without_the_number_and_a_reason(
    admin_client: Client, business: Business, data: dict[str, str]
):
    data = {key: value.replace("PK", str(business.pk)) for key, value in data.items()}
    admin_client.post(page(business, "erase/"), data)
    business.refresh_from_db()
    assert business.name != "Erased"


def test_staff_erase_a_business_and_every_page_of_it_still_opens(admin_client: Client, business: Business):
    admin_client.post(page(business, "erase/"), {"confirm": str(business.pk), "reason": "asked by phone"})
    business.refresh_from_db()
    assert business.name == "Erased"
    campaign = business.campaigns.get()
    for address in (
        page(business),
        f"/dashboard/leads/{business.pk}/",
        f"/dashboard/campaigns/{campaign.pk}/",
        "/dashboard/leads/",
    ):
        assert admin_client.get(address).status_code == 200, address


def test_others_see_and_erase_nothing(client: Client, business: Business):
    for address in (page(business), page(business, "export/"), page(business, "erase/"), "/dashboard/noes/"):
        assert client.get(address).status_code in (302, 405)
        assert client.post(address, {"confirm": str(business.pk), "reason": "x"}).status_code in (
            302,
            403,
            405,
        )
    business.refresh_from_db()
    assert business.name != "Erased"


def test_a_list_of_noes_is_taken_by_its_page(admin_client: Client):
    file = SimpleUploadedFile("noes.csv", b"email\nann@brook.example\nnobody\n")
    answer = admin_client.post("/dashboard/noes/", {"list": file, "scope": "address"})
    assert b"1 new, 0 known before, 1 left out" in answer.content
    assert suppression.is_suppressed("ann@brook.example")
    assert admin_client.post("/dashboard/noes/", {"scope": "address"}).status_code == 200


def test_staff_decide_on_a_country_in_the_back_office(admin_client: Client):
    form = {
        "country": "zz",
        "decision": "allow",
        "tracking": "none",
        "opt_out_days": "3",
        "footer": "",
        "why": "why",
    }
    answer = admin_client.post("/admin/campaigns/countryrule/add/", form)
    assert answer.status_code == 200
    assert not CountryRule.objects.exists()
    admin_client.post("/admin/campaigns/countryrule/add/", form | {"why": "Advice of our lawyer"})
    rule = CountryRule.objects.get()
    assert (rule.country, rule.decided_by) == ("ZZ", "staff:admin")
    change: dict[str, Any] = form | {"decision": "block", "why": "The law was changed"}
    admin_client.post(f"/admin/campaigns/countryrule/{rule.pk}/change/", change)
    assert CountryRule.objects.get().decision == "block"


def test_staff_note_a_proof_in_the_back_office(admin_client: Client):
    business = make_business(country="GB")
    form = {
        "business": str(business.pk),
        "legal_form": "company",
        "legal_form_proof": "",
        "refuses_mail": "unknown",
    }
    assert admin_client.post("/admin/campaigns/legalbasis/add/", form).status_code == 200
    assert not LegalBasis.objects.exists()
    admin_client.post("/admin/campaigns/legalbasis/add/", form | {"legal_form_proof": "Register no. 1"})
    assert LegalBasis.objects.get().by == "staff:admin"
