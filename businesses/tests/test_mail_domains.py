"""Does a domain take mail? A certain yes, a certain no, and everything else."""

from collections.abc import Mapping, Sequence

import pytest

from businesses.mail_domains import DnsFailed, LiveMailDns, takes_mail
from businesses.sources.sample import RecordedWeb
from businesses.tests.recorded import NoDns

PUBLIC = "93.184.216.34"
WORKS = {("example.com", "A"): [PUBLIC]}  # the name that is always there
FAILS = None
type Records = Mapping[tuple[str, str], Sequence[str] | None]


def dns(records: Records) -> LiveMailDns:
    def ask(name: str, kind: str) -> Sequence[str]:
        found = records.get((name, kind), ())
        if found is None:
            raise DnsFailed("no answer")
        return found

    return LiveMailDns(ask=ask)


@pytest.mark.parametrize(
    ("records", "answer"),
    [
        ({("rye.example", "MX"): ["mx.rye.example."], ("mx.rye.example", "A"): [PUBLIC]}, True),
        (
            {("rye.example", "MX"): ["mx.rye.example."], ("mx.rye.example", "AAAA"): ["2606:2800:220:1::1"]},
            True,
        ),
        (
            {("rye.example", "MX"): ["gone.example.", "mx.rye.example."], ("mx.rye.example", "A"): [PUBLIC]},
            True,
        ),
        ({("rye.example", "A"): [PUBLIC]}, True),  # no MX: the host itself takes it
        ({("rye.example", "MX"): ["."], ("rye.example", "A"): [PUBLIC]}, False),  # a null MX says no
        ({("rye.example", "MX"): ["gone.example."]}, False),
        ({("rye.example", "MX"): ["mx.rye.example."], ("mx.rye.example", "A"): ["127.0.0.1"]}, False),
        ({("rye.example", "A"): ["10.0.0.1"]}, False),
        ({}, False),
        ({("rye.example", "MX"): FAILS}, None),
        ({("rye.example", "MX"): ["mx.rye.example."], ("mx.rye.example", "A"): FAILS}, None),
        ({("rye.example", "A"): FAILS}, None),
    ],
)
def test_domain_takes_mail_where_a_mail_host_is_there(records: Records, answer: bool | None):
    assert takes_mail("bread@rye.example", dns({**WORKS, **records})) is answer


def test_dns_that_finds_nothing_at_all_proves_nothing():
    assert takes_mail("bread@rye.example", dns({})) is None
    assert takes_mail("bread@rye.example", dns({("example.com", "A"): FAILS})) is None
    assert takes_mail("bread@rye.example", NoDns()) is None


def hosts(*there: bool | None) -> Records:
    """Mail hosts of rye.example in their order: which are there, None where the DNS does not answer."""
    names = [f"mx{number}.rye.example" for number in range(len(there))]
    answers: dict[bool | None, Sequence[str] | None] = {True: [PUBLIC], False: (), None: FAILS}
    return {
        ("rye.example", "MX"): [f"{name}." for name in names],
        **{(name, "A"): answers[is_there] for name, is_there in zip(names, there, strict=True)},
    }


@pytest.mark.parametrize(
    ("there", "answer"),
    [
        ((False, False, False), False),
        ((False, False, True), True),
        ((None, True), True),
        ((None, False), None),
        ((False, False, False, True), None),  # the fourth is not asked
        ((False, False, False, False), None),
    ],
)
def test_hosts_that_told_nothing_are_no_certain_no(there: tuple[bool | None, ...], answer: bool | None):
    assert takes_mail("bread@rye.example", dns({**WORKS, **hosts(*there)})) is answer


def test_host_with_one_address_is_there_whatever_else_the_dns_cannot_tell():
    half = {("rye.example", "MX"): ["mx.rye.example."], ("mx.rye.example", "A"): [PUBLIC]}
    assert takes_mail("bread@rye.example", dns({**half, ("mx.rye.example", "AAAA"): FAILS})) is True


@pytest.mark.parametrize("address", ["ana@gmail.com", "ana@yahoo.co.uk", "ana@gmx.at", "ana@orange.fr"])
def test_mail_provider_is_known_without_asking(address: str):
    assert takes_mail(address, NoDns()) is True


@pytest.mark.parametrize(
    "address",
    [
        "a@gmail.con",
        "a@gmail.co",
        "a@hotmail.xyz",
        "a@libero.fi",
        "a@virgilio.ch",
        "a@kolumbus.de",
        "a@luukku.cafe",
    ],
)
def test_name_of_a_provider_under_another_ending_is_asked_for(address: str):
    assert takes_mail(address, dns(WORKS)) is False
    assert takes_mail(address, NoDns()) is None


def test_sample_town_has_its_own_answers():
    assert takes_mail("hello@mapleandrye.example", RecordedWeb()) is True
    assert takes_mail("hello@nobody.example", RecordedWeb()) is False
