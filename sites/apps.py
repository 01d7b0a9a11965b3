from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "sites"
    label = "websites"  # "sites" is django.contrib.sites
    verbose_name = "Sites"
