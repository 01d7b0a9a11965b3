"""How the pipeline stands: health and figures in one object, the same for every surface."""

from datetime import datetime
from typing import Any

from monitoring.health import check_health
from monitoring.metrics import dead_letters, pipeline_metrics
from pipeline.runner import Run
from sites.models import Site
from sites.publishing import site_url

SITES_NAMED = 5


def pipeline_status(now: datetime) -> dict[str, Any]:
    """Return the object that `conductor --status --json` prints: figures, health, dead letters, newest sites."""
    health = check_health(Run(by="status"))
    figures = pipeline_metrics(now)
    published = Site.objects.filter(status=Site.Status.PUBLISHED)
    return {
        "timestamp": figures.pop("timestamp"),
        "health": {
            "state": health.state,
            "text": str(health),
            "findings": [finding.__dict__ for finding in health.findings],
        },
        **figures,
        "dead_letters": dead_letters(),
        "newest_sites": [site_url(site) for site in published.order_by("-published_at", "-pk")[:SITES_NAMED]],
    }
