"""What outreach does now and then: mails that failed or are uncertain, the senders' DNS, and what is to forget."""

from campaigns import reconciling, retention, sender_dns, sending
from pipeline.runner import Run, StageResult

SETTLED_A_ROUND = 50


def keep_up(run: Run, *, limit: int) -> StageResult:
    """Reopen up to `limit` failed mails, settle what can be settled, look at due DNS, and forget what is old."""
    result = sending.retry_failed(run, limit=limit)
    result.rows.update(reconciling.reconcile(run, limit=SETTLED_A_ROUND).rows)
    if looked := sender_dns.check_due_domains(run):
        result.rows["domains looked at"] = looked
    result.rows.update(retention.forget_old(run).rows)
    return result
