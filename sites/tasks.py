"""Queue tasks of the websites."""

from pipeline.budgets import rows_per_run
from pipeline.runner import worker_run
from sites import generation, lifetime


def generate_site_for_business(business_id: int) -> str:
    """Build the site of one business."""
    return str(generation.generate_sites(worker_run(), limit=1, business_id=business_id))


def generate_pending_sites() -> str:
    """Build sites for qualified businesses without one."""
    return str(generation.generate_sites(worker_run(), limit=rows_per_run("generate_pending_sites")))


def publish_completed_sites() -> str:
    """Put built sites online, and take expired proposals offline."""
    return str(lifetime.keep_online(worker_run(), limit=rows_per_run("publish_completed_sites")))


def retry_failed_generations() -> str:
    """Give failed sites another round."""
    return str(generation.retry_failed(worker_run(), limit=rows_per_run("retry_failed_generations")))
