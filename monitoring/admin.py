"""The roof in the back office: cycles, reports, and the screens of third-party packages in our skin."""

from django.contrib import admin

from monitoring import third_party_admin  # noqa: F401 -- registers those screens again
from monitoring.models import CycleRun, DailyReport, DayFigures, StandingFigures
from webmagic.admin_base import RecordAdmin


@admin.register(CycleRun)
class CycleRunAdmin(RecordAdmin):
    list_display = ("started_at", "finished_at", "health", "failed_steps", "term")
    list_filter = ("health",)


@admin.register(DailyReport)
class DailyReportAdmin(RecordAdmin):
    list_display = ("day", "subject", "delivered_at")
    exclude = ("html",)


@admin.register(DayFigures)
class DayFiguresAdmin(RecordAdmin):
    list_display = ("day", "counted_at")


@admin.register(StandingFigures)
class StandingFiguresAdmin(RecordAdmin):
    list_display = ("counted_at", "took")
