"""The page of costs."""

from typing import Final

from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitoring.costs_page import costs_page
from pipeline.clock import SYSTEM_CLOCK

MAY_LOOK: Final = "pipeline.view_effect"


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def costs(request: HttpRequest) -> HttpResponse:
    """Show what the days cost, and whom it was spent on; ?period= names the days."""
    page = costs_page(request.GET.get("period", ""), now=SYSTEM_CLOCK.now())
    return render(request, "monitoring/costs.html", page)
