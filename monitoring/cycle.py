"""The table of contents of the product: what a cycle does, which tasks exist, when each is due.

The conductor, the schedules, the task commands, the dashboard and the docs are drawn from these tables.
"""

from dataclasses import dataclass

from businesses.leads import QUALIFY
from campaigns.drafting import WRITE
from campaigns.sending import SEND
from pipeline.inbox import APPLY
from pipeline.queue import TaskSpec
from pipeline.slots import Daily, Every
from pipeline.stages import Stage
from sites.generation import GENERATE
from sites.publishing import PUBLISH
from territories.coverage import SCRAPE

STAGES: tuple[Stage, ...] = (SCRAPE, QUALIFY, GENERATE, PUBLISH, WRITE, SEND, APPLY)


@dataclass(frozen=True)
class Step:
    """One step of a cycle: the task it stands for and the verb that the conductor calls with its own run."""

    task: str
    verb: str
    title: str


@dataclass(frozen=True)
class Phase:
    """A named group of steps."""

    name: str
    steps: tuple[Step, ...]


PHASES: tuple[Phase, ...] = (
    Phase(
        "health",
        (
            Step("health_check", "monitoring.health.check_health", "Checking health"),
            Step("alert_on_failures", "monitoring.alerts.alert_on_failures", "Alerting on failures"),
        ),
    ),
    Phase(
        "cleanup",
        (
            Step("cleanup_stuck_tasks", "monitoring.cleanup.cleanup_stuck", "Cleaning up stuck rows"),
            Step("beat", "monitoring.beat.apply_inbox", "Applying what came in"),
        ),
    ),
    Phase(
        "scraping",
        (
            Step(
                "cleanup_expired_cooldowns",
                "territories.cooldowns.reset_expired_cooldowns",
                "Resetting cooldowns",
            ),
            Step("scrape_pending_territories", "businesses.scraping.scrape_grids", "Scraping territories"),
            Step("qualify_new_leads", "businesses.leads.qualify_leads", "Qualifying leads"),
        ),
    ),
    Phase(
        "generation",
        (
            Step("retry_failed_generations", "sites.generation.retry_failed", "Retrying failed sites"),
            Step("generate_pending_sites", "sites.generation.generate_sites", "Building sites"),
            Step("publish_completed_sites", "sites.lifetime.keep_online", "Publishing sites"),
        ),
    ),
    Phase(
        "campaigns",
        (
            Step("create_campaigns_for_new_sites", "campaigns.drafting.create_campaigns", "Writing mails"),
            Step("retry_failed_campaigns", "campaigns.upkeep.keep_up", "Retrying failed mails"),
            Step("send_pending_campaigns", "campaigns.sending.send_campaigns", "Sending mails"),
        ),
    ),
    Phase("report", (Step("generate_daily_report", "monitoring.reports.report_if_due", "Reporting"),)),
)

TASKS: tuple[TaskSpec, ...] = (
    TaskSpec(
        name="scrape_territory",
        path="businesses.tasks.scrape_territory",
        queue="scraping",
        purpose="Scrape one cell",
        takes_id=True,
    ),
    TaskSpec(
        name="scrape_pending_territories",
        path="businesses.tasks.scrape_pending_territories",
        queue="scraping",
        purpose="Scrape pending cells",
        schedule=Every(360),
    ),
    TaskSpec(
        name="qualify_new_leads",
        path="businesses.tasks.qualify_new_leads",
        queue="scraping",
        purpose="Qualify new businesses",
        schedule=Every(30),
    ),
    TaskSpec(
        name="cleanup_expired_cooldowns",
        path="territories.tasks.cleanup_expired_cooldowns",
        queue="scraping",
        purpose="Reset expired cooldowns",
        schedule=Daily(3),
    ),
    TaskSpec(
        name="generate_site_for_business",
        path="sites.tasks.generate_site_for_business",
        queue="generation",
        purpose="Build the site of one business",
        takes_id=True,
    ),
    TaskSpec(
        name="generate_pending_sites",
        path="sites.tasks.generate_pending_sites",
        queue="generation",
        purpose="Build sites for qualified businesses",
        schedule=Every(60),
    ),
    TaskSpec(
        name="publish_completed_sites",
        path="sites.tasks.publish_completed_sites",
        queue="generation",
        purpose="Put built sites online",
        schedule=Every(15),
    ),
    TaskSpec(
        name="retry_failed_generations",
        path="sites.tasks.retry_failed_generations",
        queue="generation",
        purpose="Give failed sites another round",
        schedule=Every(60),
    ),
    TaskSpec(
        name="send_campaign",
        path="campaigns.tasks.send_campaign",
        queue="campaigns",
        purpose="Send one mail",
        takes_id=True,
    ),
    TaskSpec(
        name="create_campaign_for_site",
        path="campaigns.tasks.create_campaign_for_site",
        queue="campaigns",
        purpose="Write the mail about one site",
        takes_id=True,
    ),
    TaskSpec(
        name="send_pending_campaigns",
        path="campaigns.tasks.send_pending_campaigns",
        queue="campaigns",
        purpose="Send approved mails",
        schedule=Every(30),
    ),
    TaskSpec(
        name="create_campaigns_for_new_sites",
        path="campaigns.tasks.create_campaigns_for_new_sites",
        queue="campaigns",
        purpose="Write mails for new sites",
        schedule=Every(30),
    ),
    TaskSpec(
        name="retry_failed_campaigns",
        path="campaigns.tasks.retry_failed_campaigns",
        queue="campaigns",
        purpose="Give failed mails another round",
        schedule=Every(60),
    ),
    TaskSpec(
        name="health_check",
        path="monitoring.tasks.health_check",
        queue="monitoring",
        purpose="Check the system's health",
        schedule=Every(5),
    ),
    TaskSpec(
        name="cleanup_stuck_tasks",
        path="monitoring.tasks.cleanup_stuck_tasks",
        queue="monitoring",
        purpose="Free rows whose worker is gone",
        schedule=Every(15),
    ),
    TaskSpec(
        name="generate_daily_report",
        path="monitoring.tasks.generate_daily_report",
        queue="monitoring",
        purpose="Report on the day before",
        schedule=Daily(6),
    ),
    TaskSpec(
        name="alert_on_failures",
        path="monitoring.tasks.alert_on_failures",
        queue="monitoring",
        purpose="Alert when too much fails",
        schedule=Every(15),
    ),
    TaskSpec(
        name="beat",
        path="monitoring.tasks.beat",
        queue="monitoring",
        purpose="Ring what is due",
        schedule=Every(1),
    ),
)
