"""Queue tasks of the leads."""

from businesses import leads, scraping
from pipeline.budgets import rows_per_run
from pipeline.runner import worker_run


def scrape_territory(grid_id: int) -> str:
    """Scrape one cell of a territory."""
    return str(scraping.scrape_grids(worker_run(), limit=1, pk=grid_id))


def scrape_pending_territories() -> str:
    """Scrape pending cells that are not on cooldown."""
    return str(scraping.scrape_grids(worker_run(), limit=rows_per_run("scrape_pending_territories")))


def qualify_new_leads() -> str:
    """Qualify recently scraped businesses."""
    return str(leads.qualify_leads(worker_run(), limit=rows_per_run("qualify_new_leads")))
