"""The pages for errors: they show nothing of the fault and need nothing that may be broken."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.views import defaults
from django.views.csrf import csrf_failure


def read_sheet(name: str) -> str:
    """The text of one of our stylesheets."""
    return Path(str(finders.find(f"webmagic/{name}"))).read_text()


def read_tokens(sheet: str, block: str) -> dict[str, str]:
    """The custom properties that the first rule after `block` (a pattern) sets."""
    found = re.search(block + r"[^{]*\{(.*?)\}", sheet, re.DOTALL)
    assert found
    return dict(re.findall(r"(--[a-z0-9-]+):\s*([^;]+);", found[1]))


def test_the_page_for_a_fault_is_plain_text_with_sheets_that_exist():
    page = render_to_string("500.html")
    linked = re.findall(r'href="([^"]+)"', page)
    assert not re.search(r"[{}]", page)
    assert "style=" not in page and "<style" not in page
    assert linked and all(finders.find(address.removeprefix("/static/")) for address in linked)


@pytest.mark.parametrize(
    ("view", "status"), [(defaults.page_not_found, 404), (defaults.permission_denied, 403)]
)
def test_an_error_page_keeps_the_detail_to_itself(rf: RequestFactory, view, status: int):
    answer: HttpResponse = view(rf.get("/s3cret-path"), Exception("s3cret detail"))
    assert answer.status_code == status
    assert b"<h1>" in answer.content
    assert b"s3cret" not in answer.content


def test_a_form_without_its_token_is_answered_with_our_page(rf: RequestFactory):
    answer = csrf_failure(rf.post("/s3cret-path"), reason="s3cret detail")
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.content.decode()
    assert b"s3cret" not in answer.content


def test_a_fault_is_answered_with_our_page(rf: RequestFactory):
    answer = defaults.server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "Try again in a few minutes" in answer.content.decode()


def test_a_removed_page_says_so_without_a_context():
    assert "This page was removed" in render_to_string("410.html")


def test_the_dark_colours_without_a_script_are_those_with_one():
    public = read_sheet("public.css")
    theme = read_tokens(read_sheet("tokens.css"), r'html\[data-theme="dark"\]')
    fallback = read_tokens(public, r"prefers-color-scheme: dark\) \{\s*:root")
    assert fallback == {name: value for name, value in theme.items() if name in fallback}
    assert set(re.findall(r"var\((--[a-z0-9-]+)\)", public)) <= fallback.keys()
