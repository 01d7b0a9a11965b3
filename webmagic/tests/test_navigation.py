import re

import pytest
from django.contrib.auth.models import Permission, User
from django.http import HttpRequest
from django.test import Client, RequestFactory

from webmagic import navigation
from webmagic.templatetags.skin import sidebar

pytestmark = [pytest.mark.django_db, pytest.mark.urls("webmagic.tests.urls")]


def asked_by(user: User, path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    return request


@pytest.fixture
def owner() -> User:
    return User.objects.create_superuser("owner")


@pytest.fixture
def clerk() -> User:
    """A member of staff who may look at switches only."""
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_switch"))
    return user


def keys(request: HttpRequest) -> list[str]:
    return [entry.page.key for _, found in navigation.entries(request) for entry in found]


def test_entries_come_in_the_order_of_the_pipeline(owner: User) -> None:
    listed = [page.key for group in navigation.GROUPS for page in group.pages]
    seen = keys(asked_by(owner))
    assert seen == [key for key in listed if key in seen]
    assert {"overview", "incidents", "switches"} <= set(seen)


def test_entries_a_person_may_not_see_are_left_out(clerk: User) -> None:
    assert keys(asked_by(clerk)) == ["overview", "switches"]


def test_entry_falls_back_to_the_list_when_the_page_is_missing(owner: User) -> None:
    urls = {entry.page.key: entry.url for _, found in navigation.entries(asked_by(owner)) for entry in found}
    assert urls["tasks"] == "/admin/pipeline/scheduleslot/"


def test_entry_is_current_for_its_page_and_what_lies_below(owner: User) -> None:
    def current(path: str) -> list[str]:
        groups = navigation.entries(asked_by(owner, path))
        return [entry.page.key for _, found in groups for entry in found if entry.current]

    assert current("/") == ["overview"]
    assert current("/admin/pipeline/switch/3/change/") == ["switches"]
    assert current("/admin/") == []


def test_sidebar_of_the_admin_lists_every_record_once(owner: User) -> None:
    groups = navigation.admin_sidebar(asked_by(owner))
    links = [item["link"] for group in groups for item in group["items"]]
    assert len(links) == len(set(links))
    assert "/admin/auth/user/" in links
    assert "/admin/pipeline/effect/" in links
    assert groups[0]["items"][0]["link"] == "/"
    assert groups[-1]["collapsible"]


def test_sidebar_of_the_admin_hides_what_a_person_may_not_see(clerk: User) -> None:
    links = [item["link"] for group in navigation.admin_sidebar(asked_by(clerk)) for item in group["items"]]
    assert links == ["/", "/admin/pipeline/switch/"]


def test_a_right_given_or_taken_is_seen_on_the_next_page(client: Client, clerk: User, owner: User) -> None:
    """The lists are worked out once for all who hold the same rights, never for a person."""

    def links(user: User) -> set[str]:
        client.force_login(user)
        return set(re.findall(r'href="(/admin/\w+/\w+/)"', client.get("/admin/").content.decode()))

    effect, switch = "/admin/pipeline/effect/", "/admin/pipeline/switch/"
    assert {effect, switch} <= links(owner)
    assert links(clerk) & {effect, switch} == {switch}
    clerk.user_permissions.set([Permission.objects.get(codename="view_effect")])
    assert links(clerk) & {effect, switch} == {effect}
    clerk.user_permissions.clear()
    assert links(clerk) & {effect, switch} == set()
    assert {effect, switch} <= links(owner)


def test_the_sidebar_escapes_and_marks_the_open_page(owner: User) -> None:
    item = {"title": "<b>&", "link": "/a?b=1&c=2", "icon_name": "", "active": True}
    drawn = sidebar([{"title": "<i>", "collapsible": True, "items": [item]}])
    assert "<b>" not in drawn and "<i>" not in drawn
    assert 'href="/a?b=1&amp;c=2"' in drawn and "navigationOpen: true" in drawn
    assert "navigationOpen: false" in sidebar(
        [{"title": "", "collapsible": True, "items": [item | {"active": False}]}]
    )
