from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        from campaigns import checks, receiving, tracking, webhooks  # noqa: F401, PLC0415 -- they register what they do
        from sites import reading_marks  # noqa: PLC0415

        reading_marks.register(tracking.mark_of)
