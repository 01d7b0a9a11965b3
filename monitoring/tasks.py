"""Queue tasks of the roof."""

from monitoring import alerts, cleanup, health, reports
from monitoring.beat import beat as run_beat
from pipeline.runner import worker_run


def health_check() -> str:
    """Check database, disk, clock, workers and stuck rows."""
    return str(health.check_health(worker_run()))


def cleanup_stuck_tasks() -> str:
    """Reset rows whose worker was not heard of for two hours, free those of the dead."""
    return str(cleanup.cleanup_stuck(worker_run()))


def generate_daily_report() -> str:
    """Write and deliver the report on the day before."""
    return str(reports.report_if_due(worker_run()))


def alert_on_failures() -> str:
    """Alert when too many sites or mails fail."""
    return str(alerts.alert_on_failures(worker_run()))


def beat() -> str:
    """Ring what is due."""
    return str(run_beat(worker_run()))
