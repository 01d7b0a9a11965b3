"""The admin itself: the skin's, which works out once what is the same on every page or for everybody with a right."""

from collections.abc import Hashable
from typing import Any, Final

from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite

from webmagic import navigation

PERMISSION_SETS_KEPT: Final = 100


class AdminSite(UnfoldAdminSite):  # type: ignore[misc]  # the skin has no types
    """Django and the skin read all settings and the permissions of all models for each page; here that is kept."""

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._app_lists: dict[Hashable, list[dict[str, Any]]] = {}
        self._same_on_all: dict[str, Any] = {}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Return apps with their models as this person may see them; that of all apps is made once for all who hold
        the same permissions, and is not to be changed."""
        if app_label:
            return super().get_app_list(request, app_label)  # type: ignore[no-any-return]
        held = _permissions(request.user)
        if held not in self._app_lists:
            if len(self._app_lists) >= PERMISSION_SETS_KEPT:
                self._app_lists.clear()
            self._app_lists[held] = super().get_app_list(request)
        return self._app_lists[held]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what every page of the admin is drawn with; the skin's settings are read on the first page."""
        asked = {
            "has_permission": self.has_permission(request),
            "available_apps": self.get_app_list(request),
            "log_entries": self.get_log_entries(request),
            "environment": self._get_config("ENVIRONMENT", request),
            "tab_list": navigation.admin_tabs(request),
            "sidebar_navigation": navigation.admin_sidebar(request) if self.has_permission(request) else [],
        }
        if not self._same_on_all:
            whole = super().each_context(request)
            self._same_on_all = {name: value for name, value in whole.items() if name not in asked}
        return self._same_on_all | asked


class Config(AdminConfig):
    """Django's admin with this site in place of its own."""

    default_site = "webmagic.admin_site.AdminSite"


def _permissions(user: Any) -> Hashable:
    """Return what decides which records a person may see, and what to do with them."""
    everything = user.is_active and user.is_superuser
    return (user.is_active, user.is_staff, everything or frozenset(user.get_all_permissions()))
