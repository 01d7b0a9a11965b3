"""The machinery under every stage."""

from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "pipeline"
    verbose_name = "Pipeline"

    def ready(self) -> None:
        from pipeline import checks  # noqa: F401, PLC0415 -- registers them once the apps are loaded
