"""An owner reads our pages in the language of the site that was made for the business."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from businesses.models import Business
from campaigns.models import Message
from campaigns.tests.browsing import Outline, addresses
from sites.models import Site

pytestmark = pytest.mark.django_db

CATALOGUE = Path(settings.BASE_DIR) / "locale" / "de" / "LC_MESSAGES" / "django.po"
ENGLISH = re.compile(r"\b(?:the|and|with|your|you|our|nothing|write)\b", re.IGNORECASE)


@pytest.mark.parametrize("page", ["claim", "remove", "unsubscribe"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_german_owner_reads_german(visitor: Client, message: Message, page: str, method: str):
    Business.objects.update(country="DE", name="Backhaus Muster", street="Musterweg", city="Musterort")
    Site.objects.filter(pk=message.campaign.site_id).update(
        version=None
    )  # its facts are in English in this test
    answer = getattr(visitor, method)(addresses(message)[page])
    assert answer.status_code == 200
    assert b'<html lang="de">' in answer.content
    words = (
        Outline(answer.content).text.replace(settings.AGENCY_NAME, "").replace(settings.AGENCY_ADDRESS, "")
    )
    assert ENGLISH.findall(words) == []


def test_everybody_else_reads_english(visitor: Client, message: Message):
    assert b'<html lang="en">' in visitor.get(addresses(message)["unsubscribe"]).content


def test_no_sentence_of_the_pages_lacks_its_german():
    known = set(re.findall(r'^msgid "(.+)"$', CATALOGUE.read_text(), re.MULTILINE))
    folder = Path(settings.BASE_DIR) / "templates" / "campaigns"
    for name in ("unsubscribe", "unsubscribed", "claim", "remove", "removed", "wanted"):
        text = (folder / f"{name}.html").read_text()
        for sentence in re.findall(r'{% translate "([^"]+)" %}', text):
            assert sentence in known, sentence
