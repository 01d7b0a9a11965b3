"""The door of mail providers. Whoever has no secret finds nothing here."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns import webhooks
from pipeline.clock import SYSTEM_CLOCK

logger = logging.getLogger(__name__)


@csrf_exempt  # the provider's signature or secret is the permission; no session is involved
@never_cache
@require_http_methods(["POST", "HEAD"])
def receive(request: HttpRequest, provider: str) -> HttpResponse:
    """Store what a provider posts and answer 200 once it is kept; it is applied later."""
    if not webhooks.is_open(provider):
        raise Http404
    if request.method == "HEAD":  # some look whether anybody is there before they post
        return HttpResponse()
    try:
        webhooks.keep_post(provider, request, now=SYSTEM_CLOCK.now())
    except webhooks.Refused as refusal:
        logger.warning("A post in the name of %s was refused: %s", provider, str(refusal)[:300])
        return HttpResponse("Refused\n", status=400, content_type="text/plain")
    return HttpResponse("Kept\n", content_type="text/plain")
