"""On what ground one business is written to: what is known of it, with the proof, and what follows from that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from businesses.models import Business
from businesses.provenance import field_origins
from campaigns import legal_forms, policy, suppression
from campaigns.models import LegalBasis
from campaigns.policy import CountryPolicy
from pipeline.errors import BadData

Outcome = Literal["allowed", "person", "refused"]
LegalForm = LegalBasis.LegalForm
OWN_PAGE = "own_page"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a business may be written to. `reason` is a sentence for staff, `proof` what an allowance rests on."""

    outcome: Outcome
    reason: str
    proof: str = ""

    @property
    def is_allowed(self) -> bool:
        """Whether it may be written to; what only a person can settle is not allowed yet."""
        return self.outcome == "allowed"


def may_write(business: Business, *, now: datetime) -> Decision:
    """Decide whether a business may be written to cold. What is not known is never a yes."""
    if business.suppressed or (business.email and suppression.is_suppressed(business.email)):
        return Decision("refused", "The business said no")
    rule = policy.policy_for(business.country)
    basis = LegalBasis.objects.filter(business=business).first() or LegalBasis(business=business)
    if rule.decision == "block":
        return Decision("refused", f"Not written to: {rule.reason}")
    if basis.consent_at is not None and basis.consent_at <= now:
        return Decision(
            "allowed", "It agreed to be written to", f"{basis.consent_how} ({basis.consent_at:%Y-%m-%d})"
        )
    if rule.decision == "allow":
        return Decision("allowed", rule.reason, rule.source)
    if rule.decision == "company_only":
        return _as_company(business, basis, rule)
    if rule.published_counts:
        return _as_published(business, basis, rule)
    return Decision("person", f"Its consent is not noted: {rule.reason}")


def note_legal_form(business: Business, form: str, *, proof: str, now: datetime, by: str) -> LegalBasis:
    """Keep whether a business is a company or a person in business, with the proof; raises BadData."""
    if form not in (LegalForm.COMPANY, LegalForm.SOLE_TRADER):
        raise BadData("Say whether it is a company or a person in business")
    if not proof.strip():
        raise BadData("Say what proves it: the imprint, the register and its number")
    return _note(business, now, by, legal_form=form, legal_form_proof=proof.strip()[:300])


def note_consent(
    business: Business, *, who: str, how: str, when: datetime, now: datetime, by: str
) -> LegalBasis:
    """Keep that somebody of the business agreed to be written to; raises BadData."""
    if not who.strip() or not how.strip():
        raise BadData("Say who agreed, and how: on the phone, by mail, on a form")
    if when > now:
        raise BadData("Consent lies in the past")
    return _note(business, now, by, consent_at=when, consent_how=f"{who.strip()}: {how.strip()}"[:300])


def note_published_address(
    business: Business, url: str, *, seen_at: datetime, refuses_mail: bool | None, now: datetime, by: str
) -> LegalBasis:
    """Keep where the business itself published its address; refuses_mail: whether that page says so, None: not read."""
    if not url.startswith(("http://", "https://")):
        raise BadData("Give the web address of the page, with https://")
    return _note(
        business, now, by, published_url=url[:500], published_seen_at=seen_at, refuses_mail=refuses_mail
    )


def learn(business: Business, *, now: datetime) -> LegalBasis | None:
    """Keep what our own records prove: the form in its name, and the page of its own that shows its address.

    What a person noted stands. Returns what is known, None where nothing is.
    """
    basis = LegalBasis.objects.filter(business=business).first()
    fields: dict[str, Any] = {}
    if basis is None or basis.legal_form == LegalForm.UNKNOWN:
        said = legal_forms.legal_form_of(business.name, business.country)
        if said:
            fields |= {
                "legal_form": said[0],
                "legal_form_proof": f'Its name says "{said[1]}": {business.name}'[:300],
            }
    origin = field_origins(business.provenance).get("email")
    if origin and origin.get("source") == OWN_PAGE and not (basis and basis.published_url):
        seen_at = datetime.fromisoformat(str(origin["at"]))
        fields |= {"published_url": str(origin.get("url", ""))[:500], "published_seen_at": seen_at}
    return _note(business, now, "pipeline", **fields) if fields else basis


def _as_company(business: Business, basis: LegalBasis, rule: CountryPolicy) -> Decision:
    if basis.legal_form == LegalForm.COMPANY:
        return Decision("allowed", "It is a company, and companies may be written to", basis.legal_form_proof)
    if basis.legal_form == LegalForm.SOLE_TRADER:
        return Decision(
            "person", "It is a person in business, whose consent is needed first and is not noted"
        )
    return Decision("person", rule.reason[0].upper() + rule.reason[1:])


def _as_published(business: Business, basis: LegalBasis, rule: CountryPolicy) -> Decision:
    """The mail is about the business's own website, so that it concerns whoever reads its published address."""
    if not basis.published_url or basis.published_seen_at is None:
        return Decision("person", rule.reason[0].upper() + rule.reason[1:])
    if basis.refuses_mail:
        return Decision("refused", f"Its page asks for no such mail: {basis.published_url}")
    if basis.refuses_mail is None:
        return Decision(
            "person", f"Nobody has read yet whether its page refuses such mail: {basis.published_url}"
        )
    proof = f"{basis.published_url} ({basis.published_seen_at:%Y-%m-%d}), no refusal seen"
    return Decision("allowed", "It published its address itself and refuses no mail", proof)


def _note(business: Business, now: datetime, by: str, **fields: Any) -> LegalBasis:
    with transaction.atomic():
        basis, _ = LegalBasis.objects.select_for_update().update_or_create(
            business=business, defaults=fields | {"by": by[:120], "at": now}
        )
    return basis
