"""What outreach does now and then: failed mails get another round, uncertain ones are settled, the DNS is looked at."""

from campaigns import reconciling, sender_dns, sending
from pipeline.runner import Run, StageResult

SETTLED_A_ROUND = 50


def keep_up(run: Run, *, limit: int) -> StageResult:
    """Reopen up to `limit` failed mails, settle what can be settled, and look at the DNS of senders that is due."""
    result = sending.retry_failed(run, limit=limit)
    result.rows.update(reconciling.reconcile(run, limit=SETTLED_A_ROUND).rows)
    if looked := sender_dns.check_due_domains(run):
        result.rows["domains looked at"] = looked
    return result
