from django.apps import AppConfig


class BusinessesConfig(AppConfig):
    name = "businesses"

    def ready(self) -> None:
        from businesses import checks  # noqa: F401, PLC0415 -- registers them once the apps are loaded
