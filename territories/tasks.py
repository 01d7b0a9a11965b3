"""Queue tasks of the map."""

from pipeline.runner import worker_run
from territories.cooldowns import reset_expired_cooldowns


def cleanup_expired_cooldowns() -> str:
    """Reset expired territory cooldowns to pending."""
    return str(reset_expired_cooldowns(worker_run()))
