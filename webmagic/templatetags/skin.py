"""What the admin's skin repeats dozens of times on a page, drawn without templates: the same HTML, far quicker."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

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
