"""Who may be written to: a company by its name, a person only by consent; unknown never becomes yes."""

from datetime import timedelta
from typing import Any

import pytest

from businesses.models import Business
from businesses.tests.factories import make_business
from campaigns import drafting, legal_basis
from campaigns.legal_forms import legal_form_of
from campaigns.models import Campaign, LegalBasis
from campaigns.tests.factories import make_campaign, make_message
from pipeline.errors import BadData
from territories.tests.factories import NOW


@pytest.mark.parametrize(
    ("name", "country", "form"),
    [
        ("Brook Lane Bakery Ltd", "GB", "company"),
        ("Brook Lane Bakery Ltd.", "GB", "company"),
        ("Brook Lane L.L.C.", "US", "company"),
        ("Bäckerei Muster GmbH & Co. KG", "DE", "company"),
        ("Muster UG (haftungsbeschränkt)", "DE", "company"),
        ("Leipomo Malli Oy", "FI", "company"),
        ("Bageri Exempel AB", "SE", "company"),
        ("Bageri Eksempel A/S", "DK", "company"),
        ("Boulangerie Exemple SARL", "FR", "company"),
        ("Bakkerij Voorbeeld B.V.", "NL", "company"),
        ("Piekarnia Sp. z o.o.", "PL", "company"),
        ("Forno Esempio S.r.l.", "IT", "company"),
        ("Salon Rosa, Inh. Rosa Muster", "DE", "sole_trader"),
        ("Malermeister Muster e.K.", "DE", "sole_trader"),
        ("Muster GmbH Inh. R. Muster", "DE", "sole_trader"),
        ("Malli Tmi", "FI", "sole_trader"),
        ("Brook Lane Bakery", "GB", None),
        ("Ltd", "GB", None),
        ("Unlimited", "GB", None),
        ("Café Saltd", "GB", None),
        ("Oy Vey Deli", "FI", None),
        ("The SA Grill", "FR", None),
        ("Café AB", "US", None),
        ("Incline Bakery", "US", None),
        ("", "GB", None),
    ],
)
def test_the_form_is_read_from_the_name_and_from_nothing_else(name: str, country: str, form: str | None):
    said = legal_form_of(name, country)
    assert (said and said[0]) == form
    assert said is None or said[1] in name.replace(",", "").replace("(", "").replace(")", "")


def decide(business: Business) -> str:
    legal_basis.learn(business, now=NOW)
    return legal_basis.may_write(business, now=NOW).outcome


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "name", "outcome"),
    [
        ("US", "Brook Lane Bakery", "allowed"),
        ("GB", "Brook Lane Bakery Ltd", "allowed"),
        ("GB", "Brook Lane Bakery", "person"),
        ("DE", "Muster GmbH", "person"),
        ("CA", "Brook Lane Inc.", "person"),
        ("PT", "Exemplo Lda", "person"),
        ("ZZ", "Example Ltd", "refused"),
        ("", "Example Ltd", "refused"),
    ],
)
def test_the_country_and_the_form_decide_together(country: str, name: str, outcome: str):
    assert decide(make_business(country=country, name=name)) == outcome


@pytest.mark.django_db
def test_an_allowance_keeps_its_proof():
    business = make_business(country="GB", name="Brook Lane Bakery Ltd")
    legal_basis.learn(business, now=NOW)
    assert '"Ltd"' in legal_basis.may_write(business, now=NOW).proof


@pytest.mark.django_db
def test_consent_opens_what_needs_it_and_a_no_closes_it():
    business = make_business(country="DE")
    assert decide(business) == "person"
    consent: dict[str, Any] = {"who": "Rosa Muster", "how": "on the phone", "now": NOW, "by": "staff"}
    legal_basis.note_consent(business, when=NOW, **consent)
    assert decide(business) == "allowed"
    Business.objects.update(suppressed=True)
    business.refresh_from_db()
    assert decide(business) == "refused"
    with pytest.raises(BadData):
        legal_basis.note_consent(business, when=NOW + timedelta(days=1), **consent)


@pytest.mark.django_db
@pytest.mark.parametrize(("refuses", "outcome"), [(False, "allowed"), (True, "refused"), (None, "person")])
def test_a_published_address_counts_once_somebody_has_read_the_page(refuses: bool | None, outcome: str):
    for country in ("CA", "AU", "NZ"):
        business = make_business(country=country)
        legal_basis.note_published_address(
            business, "https://brook.example/contact", seen_at=NOW, refuses_mail=refuses, now=NOW, by="staff"
        )
        assert decide(business) == outcome
    german = make_business(country="DE")
    legal_basis.note_published_address(
        german, "https://brook.example/contact", seen_at=NOW, refuses_mail=refuses, now=NOW, by="staff"
    )
    assert decide(german) == "person"


@pytest.mark.django_db
def test_the_page_that_showed_the_address_is_the_proof_and_a_person_still_reads_it():
    page = {
        "source": "own_page",
        "licence": "",
        "at": NOW.isoformat(),
        "url": "https://brook.example/",
        "fields": ["email"],
    }
    business = make_business(country="CA", provenance=[page])
    assert decide(business) == "person"
    basis = LegalBasis.objects.get()
    assert (basis.published_url, basis.published_seen_at, basis.refuses_mail) == (
        "https://brook.example/",
        NOW,
        None,
    )


@pytest.mark.django_db
def test_what_a_person_noted_stands():
    business = make_business(country="GB", name="Brook Lane Bakery Ltd")
    legal_basis.note_legal_form(
        business, "sole_trader", proof="Companies House knows none", now=NOW, by="staff"
    )
    assert decide(business) == "person"
    with pytest.raises(BadData):
        legal_basis.note_legal_form(business, "company", proof=" ", now=NOW, by="staff")


@pytest.mark.django_db
def test_nobody_approves_a_mail_without_a_ground():
    campaign = make_campaign(status="draft", approved_at=None)
    make_message(campaign=campaign)
    Business.objects.update(country="GB")
    campaign = Campaign.objects.get()
    with pytest.raises(BadData, match="Note the proof"):
        drafting.approve(campaign, now=NOW, by="staff")
    legal_basis.note_legal_form(campaign.business, "company", proof="Register no. 1", now=NOW, by="staff")
    drafting.approve(Campaign.objects.get(), now=NOW, by="staff")
    assert Campaign.objects.get().status == "pending"
