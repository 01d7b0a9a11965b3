"""Every address of the product that shows a page, read from the URL conf: a new page is judged without being named."""

from collections.abc import Iterator
from typing import Any, Final

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

# What is no page of ours to look at, and who judges it.
ELSEWHERE: Final = {
    "sites:site": "a published site: scripts/judge_themes.py",
    "sites:file": "a published site: scripts/judge_themes.py",
    "sites:preview": "a version of a site in a frame: scripts/judge_themes.py",
    "sites:preview_file": "a version of a site in a frame: scripts/judge_themes.py",
    "sites:look": "a site in another look, in a frame: scripts/judge_themes.py",
    "sites:look_file": "a site in another look, in a frame: scripts/judge_themes.py",
    "sites:thumbnail": "a picture",
    "campaigns:mail_webhook": "speaks with machines",
    "campaigns:click": "leads to a published site",
    "admin:view_on_site": "leads to a published site",
    "admin:logout": "ends the session that the others need",
}
HALF_LOGGED_IN: Final = ("monitoring:code",)
STRANGERS: Final = ("admin:login",)
PARTS: Final = ("monitoring:latest_failures", "admin:search")  # fetched into another page and judged with it

A_ROOM: Final = "pipeline"  # the only part of a path that is a regular expression asks for one

Places = dict[str, list[dict[str, Any]]]


def page_names() -> list[str]:
    """The names of all addresses, as "room:name"; those of a model's records in the admin among them."""
    return sorted({name for name, _ in _patterns(get_resolver().url_patterns, "")} - ELSEWHERE.keys())


def is_record_page(name: str) -> bool:
    """Whether this is a page of one model in the admin, whose look all models share."""
    models = (f"admin:{model._meta.app_label}_{model._meta.model_name}_" for model in admin.site._registry)
    return name.startswith(tuple(models))


def addresses(name: str, places: Places) -> list[str]:
    """Where the page is: once for each of its places, or once with made-up parts where nothing else is known.

    `places`: the parts of the path, and the query as "?", by the name of the address; those of a model's pages in the
    admin by the name of the model.
    """
    parts = dict(_patterns(get_resolver().url_patterns, ""))[name]
    known = places.get(name) or places.get(name.rsplit("_", 1)[0]) or []
    found = [place for place in known if parts.keys() <= place.keys()] or [parts]
    return [
        reverse(name, kwargs={part: place[part] for part in parts}) + place.get("?", "") for place in found
    ]


def _patterns(entries: list[Any], space: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each name with a made-up value for each part of its path."""
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, entry.namespace or space)
        elif isinstance(entry, URLPattern) and entry.name:
            parts: dict[str, Any] = {
                part: 1 if isinstance(converter, IntConverter) else "1"
                for part, converter in entry.pattern.converters.items()
            }
            parts |= dict.fromkeys(entry.pattern.regex.groupindex.keys() - parts.keys(), A_ROOM)
            yield (f"{space}:{entry.name}" if space else entry.name), parts
