from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "sites"
    label = "websites"  # "sites" is django.contrib.sites
    verbose_name = "Sites"

    def ready(self) -> None:
        from sites import checks  # noqa: F401, PLC0415 -- registers them once the apps are loaded
