"""What the roof keeps: the cycles that ran, the daily reports, and figures that were dear to count."""

from django.db import models


class CycleRun(models.Model):
    """One cycle of the conductor: when, by which leader, what each step did."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    term = models.PositiveIntegerField(help_text="The leader's term.")
    health = models.CharField(max_length=20)
    steps = models.JSONField(default=list, help_text="Step, result, seconds, error.")
    failed_steps = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="cycle_latest")]

    def __str__(self) -> str:
        return f"Cycle of {self.started_at:%Y-%m-%d %H:%M}"


class DailyReport(models.Model):
    """The figures of one day, as they were when the day was closed."""

    day = models.DateField(unique=True)
    figures = models.JSONField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Report of {self.day:%Y-%m-%d}"


class DayFigures(models.Model):
    """What was done on one day: its counts (monitoring/flows.py) and how long each step took (monitoring/waits.py)."""

    day = models.DateField(unique=True)
    counts = models.JSONField()
    waits = models.JSONField()
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "day figures"

    def __str__(self) -> str:
        return f"Figures of {self.day:%Y-%m-%d}"


class StandingFigures(models.Model):
    """The counts over whole tables (monitoring/standing.py), kept where counting them took long: one row."""

    figures = models.JSONField()
    counted_at = models.DateTimeField()
    took = models.FloatField(help_text="Seconds that counting took.")

    class Meta:
        verbose_name_plural = "standing figures"

    def __str__(self) -> str:
        return f"Counted {self.counted_at:%Y-%m-%d %H:%M}"
