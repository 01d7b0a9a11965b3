"""What the admin's skin repeats dozens of times on a page, drawn without templates: the same HTML, far quicker."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import cycle
from typing import Any, Final

from django import template
from django.contrib.admin import BooleanFieldListFilter
from django.utils.encoding import iri_to_uri
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from webmagic.templatetags.look import icon

register = template.Library()

GROUP: Final = (
    '<div class="hidden mb-1.5 has-[ol]:has-[li]:block">{}<ol class="flex flex-col px-6">{}</ol></div>'
)
FOLDING_GROUP: Final = (
    '<div class="hidden mb-1.5 has-[ol]:has-[li]:block" x-data="{{navigationOpen: {}}}">{}'
    '<ol class="flex flex-col px-6" x-show="navigationOpen">{}</ol></div>'
)
HEADING: Final = (
    '<hr class="border-t border-base-200 mx-6 my-2 dark:border-base-800" />'
    '<h2 class="font-semibold flex flex-row group items-center mb-1 mx-3 py-1.5 px-3 select-none '
    'text-font-important-light text-sm dark:text-font-important-dark">{}</h2>'
)
FOLDING_HEADING: Final = (
    '<hr class="border-t border-base-200 mx-6 my-2 dark:border-base-800" />'
    '<h2 class="font-semibold flex flex-row group items-center mb-1 mx-3 py-1.5 px-3 select-none '
    "text-font-important-light text-sm dark:text-font-important-dark cursor-pointer hover:text-primary-600 "
    'dark:hover:text-primary-500" x-on:click="navigationOpen = !navigationOpen">{}'
    '<span class="material-symbols-outlined ml-auto transition-transform group-hover:text-primary-600 '
    'dark:group-hover:text-primary-500 rtl:ml-0 rtl:mr-auto rtl:-scale-x-100" '
    "x-bind:class=\"{{'rotate-90 rtl:-rotate-90': navigationOpen}}\">chevron_right</span></h2>"
)
ENTRY: Final = (
    '<li><a href="{}" class="cursor-pointer flex h-[38px] items-center -mx-3 px-3 rounded-default '
    'hover:text-primary-600 dark:hover:text-primary-500{}">{}<span>{}</span></a></li>'
)
ACTIVE: Final = " bg-base-100 font-semibold text-primary-600 dark:bg-white/[.06] dark:text-primary-500 active"
ROW: Final = (
    '<tbody class="relative {}" x-data="{{rowOpen: false}}"><tr class="data-row relative">{}</tr></tbody>'
)
SHADES: Final = ("", "bg-base-50 dark:bg-white/[.02]")
FILTER: Final = (
    '<div class="gap-2 flex flex-col"><h3 class="font-semibold text-important">{}</h3>{}<ul class="border '
    'border-base-200 flex rounded-default shadow-xs dark:border-base-700 dark:bg-base-900 {}">{}</ul></div>'
)
CHOICE: Final = (
    '<li class="{} {}"><a href="{}" title="{}" class="block py-2 {} hover:text-primary-600 '
    'dark:hover:text-primary-500">{}</a></li>'
)
CHOSEN: Final = "font-semibold text-primary-600 dark:text-primary-500"
NOT_CHOSEN: Final = "hover:text-base-700 dark:hover:text-base-200"
# The list, an entry and its link: yes and no stand beside each other, all else below.
BESIDE: Final = (
    "min-w-20 text-default w-full",
    "basis-1/3 border-r border-base-200 grow truncate last:border-r-0 dark:border-base-700",
    "text-center",
)
BELOW: Final = (
    "flex-col",
    "border-base-200 dark:border-base-700 border-b last:border-b-0",
    "px-3 truncate",
)
FIELD: Final = (
    '<div class="lg:min-w-56 lg:w-56 lg:h-[38px] lg:flex lg:items-center lg:self-start lg:leading-[38px] '
    'lg:*:m-0">{}</div><div class="grow relative"><div class="readonly break-words {} *:rounded-default">{}'
    "</div>{}</div>"
)
HELP: Final = '<div class="leading-relaxed mt-2 text-xs">{}</div>'


@register.simple_tag
def sidebar(groups: Iterable[Mapping[str, Any]]) -> SafeString:
    """Draw the groups of `navigation.admin_sidebar`; a collapsible one is open where the current page is in it."""
    drawn = format_html_join("", "{}", ((_group(group),) for group in groups))
    return format_html(
        '<div id="nav-sidebar-apps" class="h-0 grow overflow-auto scrollbar-default-hover">{}</div>', drawn
    )


def _group(group: Mapping[str, Any]) -> SafeString:
    items = format_html_join("", "{}", ((_entry(**item),) for item in group["items"]))
    if not group["collapsible"]:
        return format_html(GROUP, format_html(HEADING, group["title"]) if group["title"] else "", items)
    is_open = "true" if any(item["active"] for item in group["items"]) else "false"
    return format_html(FOLDING_GROUP, is_open, format_html(FOLDING_HEADING, group["title"]), items)


@lru_cache(maxsize=500)  # the same fifty on every page
def _entry(title: str, link: str, icon_name: str, active: bool) -> SafeString:
    mark = icon(icon_name, "nav-icon") if icon_name else format_html('<span class="{}"></span>', "nav-icon")
    return format_html(ENTRY, link, ACTIVE if active else "", mark, title)


@register.simple_tag
def rows(results: Iterable[Iterable[SafeString]]) -> SafeString:
    """Draw the rows of a list: each is its cells."""
    return format_html_join(
        "",
        ROW,
        (
            (shade, format_html_join("", "{}", ((cell,) for cell in result)))
            for shade, result in zip(cycle(SHADES), results)
        ),
    )


@register.simple_tag
def filter_choices(title: Any, choices: Sequence[Mapping[str, Any]], spec: Any) -> SafeString:
    """Draw one filter of a list."""
    chosen = next(iter(getattr(spec, "lookup_val", None) or ()), None)
    hidden = format_html_join(
        "",
        '<input type="hidden" name="{}" value="{}" />',
        ((spec.lookup_kwarg, chosen) for choice in choices if choice["selected"] and chosen),
    )
    of_list, of_entry, of_link = BESIDE if isinstance(spec, BooleanFieldListFilter) else BELOW
    entries = format_html_join(
        "",
        CHOICE,
        (
            (
                of_entry,
                CHOSEN if choice["selected"] else NOT_CHOSEN,
                iri_to_uri(choice["query_string"]),
                choice["display"],
                of_link,
                choice["display"],
            )
            for choice in choices
        ),
    )
    heading = _(" By %(filter_title)s ") % {"filter_title": title}
    return format_html(FILTER, heading, hidden, of_list, entries)


@register.simple_tag
def readonly_field(field: Any) -> SafeString:
    """Draw a field that is only shown: its name, its value or a dash, and what it means."""
    contents = field.contents()
    help_text = field.field["help_text"]
    width = "max-w-4xl" if field.is_json else "max-w-2xl"
    value = "-" if not contents or contents == "None" else contents
    return format_html(
        FIELD, field.label_tag(), width, value, format_html(HELP, help_text) if help_text else ""
    )
