"""Queue tasks of outreach."""

from campaigns import drafting, sending, upkeep
from pipeline.budgets import rows_per_run
from pipeline.runner import worker_run


def send_campaign(campaign_id: int) -> str:
    """Send one campaign's mail, with tracking pixel and links."""
    return str(sending.send_campaigns(worker_run(), limit=1, pk=campaign_id))


def create_campaign_for_site(site_id: int) -> str:
    """Create and queue the campaign about one published site."""
    return str(drafting.create_campaigns(worker_run(), limit=1, site_id=site_id))


def send_pending_campaigns() -> str:
    """Send approved mails."""
    return str(sending.send_campaigns(worker_run(), limit=rows_per_run("send_pending_campaigns")))


def create_campaigns_for_new_sites() -> str:
    """Create campaigns for newly published sites."""
    return str(drafting.create_campaigns(worker_run(), limit=rows_per_run("create_campaigns_for_new_sites")))


def retry_failed_campaigns() -> str:
    """Give failed mails another round, settle uncertain ones, look at our senders' DNS."""
    return str(upkeep.keep_up(worker_run(), limit=rows_per_run("retry_failed_campaigns")))
