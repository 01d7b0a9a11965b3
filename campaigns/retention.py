"""What is kept for how long: programs and networks of visitors, hits, and mails as they came."""

from datetime import timedelta

from django.conf import settings

from campaigns import judging
from campaigns.models import InboundMail
from pipeline.models import InboundEvent
from pipeline.runner import Run, StageResult


def forget_old(run: Run) -> StageResult:
    """Wipe what is older than its time; often done, it costs little, and done twice it changes nothing."""
    now = run.now()
    result = StageResult("retention")
    rows = judging.forget_visitors(
        now=now,
        keep_programs=timedelta(days=settings.KEEP_VISITORS_DAYS),
        keep_events=timedelta(days=settings.KEEP_HITS_DAYS),
    )
    old = now - timedelta(days=settings.KEEP_RAW_MAIL_DAYS)
    mails = InboundMail.objects.filter(received_at__lt=old, event__isnull=False, event__status="applied")
    raw = InboundEvent.objects.filter(pk__in=mails.values("event")).exclude(body="")
    rows["raw mails wiped"] = raw.update(body="", headers={})
    result.rows.update({name: count for name, count in rows.items() if count})
    return result
