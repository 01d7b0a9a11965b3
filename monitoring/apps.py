"""The roof over the rooms."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "monitoring"

    def ready(self) -> None:
        from monitoring import checks  # noqa: F401, PLC0415 -- registers them once the apps are loaded
