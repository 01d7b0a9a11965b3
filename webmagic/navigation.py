"""What the sidebar, the tab bar and the admin's sidebar hold: one list of pages, by name, for all three.

Pages are named by address, so the project imports no room; a page that does not exist, or that the person may
not see, is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Page:
    """One entry: its first address that exists is taken; `room` is the app whose other records stand below it."""

    key: str  # also the key of its badge
    name: str | Promise
    icon: str
    addresses: tuple[str, ...]
    room: str = ""
    needs: str = ""  # the permission that a page outside the admin asks for
    in_tab_bar: bool = False


@dataclass(frozen=True)
class Group:
    """Entries under one heading; an empty title stands for none."""

    title: str | Promise
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class Entry:
    """A page as one person sees it now."""

    page: Page
    url: str
    current: bool


GROUPS: tuple[Group, ...] = (
    Group(
        "",
        (
            Page("overview", _("Overview"), "gauge", ("/",), in_tab_bar=True),
            Page(
                "approvals",
                _("Approvals"),
                "send",
                ("campaigns:desk",),
                needs="campaigns.view_campaign",
                in_tab_bar=True,
            ),
            Page(
                "inbox",
                _("Inbox"),
                "inbox",
                ("campaigns:inbox",),
                needs="campaigns.view_inboundmail",
                in_tab_bar=True,
            ),
        ),
    ),
    Group(
        _("Pipeline"),
        (
            Page(
                "territories",
                _("Territories"),
                "map",
                ("admin:territories_territory_changelist",),
                room="territories",
            ),
            Page(
                "leads",
                _("Leads"),
                "store",
                ("businesses:leads", "admin:businesses_business_changelist"),
                needs="businesses.view_business",
                room="businesses",
            ),
            Page(
                "sites",
                _("Sites"),
                "layout-template",
                ("sites:gallery", "admin:websites_site_changelist"),
                needs="websites.view_site",
                room="websites",
                in_tab_bar=True,
            ),
            Page(
                "campaigns",
                _("Campaigns"),
                "mail-check",
                ("campaigns:campaigns", "admin:campaigns_campaign_changelist"),
                needs="campaigns.view_campaign",
                room="campaigns",
            ),
            Page(
                "mailboxes",
                _("Mailboxes"),
                "mail",
                ("campaigns:mailboxes",),
                needs="campaigns.view_mailbox",
            ),
            Page("outbox", _("Outbox"), "archive", ("monitoring:outbox",)),
            Page(
                "customers",
                _("Customers"),
                "users",
                ("admin:customers_customer_changelist",),
                room="customers",
            ),
        ),
    ),
    Group(
        _("Operations"),
        (
            Page(
                "tasks",
                _("Schedules and tasks"),
                "calendar-clock",
                ("monitoring:tasks", "admin:pipeline_scheduleslot_changelist"),
            ),
            Page(
                "incidents",
                _("Incidents"),
                "circle-alert",
                ("admin:pipeline_incident_changelist",),
            ),
            Page("costs", _("Costs"), "wallet", ("monitoring:costs",), needs="pipeline.view_effect"),
            Page(
                "reports",
                _("Daily reports"),
                "receipt",
                ("monitoring:reports", "admin:monitoring_dailyreport_changelist"),
            ),
            Page(
                "switches",
                _("Limits and switches"),
                "sliders-horizontal",
                ("monitoring:steering", "admin:pipeline_switch_changelist"),
                needs="pipeline.view_switch",
            ),
        ),
    ),
)


def address(*names: str) -> str:
    """Return the path of the first name that exists (a name that begins with / is a path), or ""."""
    for name in names:
        if name.startswith("/"):
            return name
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


def entries(request: HttpRequest) -> list[tuple[Group, list[Entry]]]:
    """Return the groups that hold a page which this person may see."""
    lists = _admin_lists(request)
    found = []
    for group in GROUPS:
        seen = [
            Entry(page, url, _is_current(request.path, url))
            for page in group.pages
            if (url := address(*page.addresses))
            and _may_see(url, lists)
            and (not page.needs or request.user.has_perm(page.needs))
        ]
        if seen:
            found.append((group, seen))
    return found


def admin_sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the same groups for the admin's skin, each page followed by the other records of its room.

    A group is {title, collapsible, items: [{title, link, icon_name, active}]}; templatetags/skin.py draws them.
    """
    lists = _admin_lists(request)
    groups: list[dict[str, Any]] = []
    shown: set[str] = set()
    for group, found in entries(request):
        items = []
        for entry in found:
            items.append(_item(request, str(entry.page.name), entry.url, icon=entry.page.icon))
            shown.add(entry.url)
            for url, name, app_label in lists.values():
                if app_label == entry.page.room and url not in shown:
                    items.append(_item(request, name, url))
                    shown.add(url)
        groups.append({"title": str(group.title), "collapsible": False, "items": items})
    rest = [_item(request, name, url) for url, name, _app in lists.values() if url not in shown]
    if rest:
        groups.append({"title": str(_("System")), "collapsible": True, "items": rest})
    return groups


def admin_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the lists of each room as the tabs above each of them, for the admin's skin."""
    tabs = []
    for app in admin.site.get_app_list(request):
        lists = [model for model in app["models"] if model["admin_url"]]
        if len(lists) > 1:
            tabs.append(
                {
                    "models": [model["model"]._meta.label_lower for model in lists],
                    "items": [
                        {
                            "title": model["name"],
                            "link": model["admin_url"],
                            "active": request.path == model["admin_url"],
                            "has_permission": True,
                        }
                        for model in lists
                    ],
                }
            )
    return tabs


def _admin_lists(request: HttpRequest) -> Mapping[str, tuple[str, str, str]]:
    """Return url -> (url, name, app label) of every list of the admin that this person may see."""
    return {
        model["admin_url"]: (model["admin_url"], str(model["name"]), app["app_label"])
        for app in admin.site.get_app_list(request)
        for model in app["models"]
        if model["admin_url"]
    }


def _may_see(url: str, lists: Mapping[str, tuple[str, str, str]]) -> bool:
    return url in lists or not url.startswith(reverse("admin:index"))


def _is_current(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _item(request: HttpRequest, title: str, link: str, *, icon: str = "") -> dict[str, Any]:
    return {
        "title": title,
        "link": link,
        "icon_name": icon,
        "active": _is_current(request.path, link) and link != "/",
    }
