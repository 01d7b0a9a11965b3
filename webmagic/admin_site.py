"""The admin itself: the skin's, asked once a request for what every page of it shows several times."""

from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite


class AdminSite(UnfoldAdminSite):  # type: ignore[misc]  # the skin has no types
    """Django and the skin each walk through the permissions of all models for one page; here that is kept."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Return apps with their models as this person may see them; that of all apps is made once a request."""
        if app_label:
            return super().get_app_list(request, app_label)  # type: ignore[no-any-return]
        apps: list[dict[str, Any]] = _once(
            request, "admin_app_list", lambda: super(AdminSite, self).get_app_list(request)
        )
        return apps

    def _get_value(self, value: Any, *args: Any) -> Any:
        """Return what a setting stands for; the skin asks for its tabs twice a page."""
        if value == "webmagic.navigation.admin_tabs":
            return _once(args[0], "admin_tabs", lambda: super(AdminSite, self)._get_value(value, *args))
        return super()._get_value(value, *args)


class Config(AdminConfig):
    """Django's admin with this site in place of its own."""

    default_site = "webmagic.admin_site.AdminSite"


def _once(request: HttpRequest, name: str, make: Any) -> Any:
    if not hasattr(request, name):
        setattr(request, name, make())
    return getattr(request, name)
