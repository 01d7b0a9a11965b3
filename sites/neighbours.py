"""Which sites stand around a business: what its own should not look like."""

from math import cos, radians
from typing import Final

from django.db.models import ExpressionWrapper, F, FloatField, QuerySet

from businesses.categories import find_family, trades_of
from businesses.models import Business
from sites.models import Site
from sites.themes.variety import NEIGHBOURS, Seen

SEEN = (Site.Status.COMPLETED, Site.Status.PUBLISHED)
# Degrees of latitude; the first is about a kilometre. Where five stand near, the others need not be sorted.
RADII: Final = (0.01, 0.04, 0.16, 0.64)
_FLATTEST: Final = 0.01  # a degree of longitude is nothing at the poles


def looks_around(business: Business) -> list[Seen]:
    """The looks of the nearest sites of the same family in its territory, nearest first; at most five."""
    found = _nearest(business)
    # Only now: a database would read the look of every site before it sorts them.
    looks = Site.objects.filter(pk__in=found).values_list(
        "pk", "version__spec__look__theme", "version__spec__look__hero", "version__spec__look__hue"
    )
    seen = {pk: Seen((theme, hero), hue) for pk, theme, hero, hue in looks}
    return [seen[pk] for pk in found if pk in seen]


def _nearest(business: Business) -> list[int]:
    """The five nearest sites, looked for in circles that grow and at last in the whole territory."""
    flat = max(cos(radians(business.lat)), _FLATTEST)
    north = F("business__lat") - business.lat
    east = (F("business__lon") - business.lon) * flat
    family = (
        Site.objects.filter(
            status__in=SEEN,
            version__isnull=False,
            business__territory=business.territory_id,
            business__category__in=trades_of(find_family(business.category)),
        )
        .exclude(business=business.pk)
        .annotate(far=ExpressionWrapper(north * north + east * east, output_field=FloatField()))
        .order_by("far", "pk")
    )
    for radius in RADII:
        circle = family.filter(far__lte=radius**2)
        found = _first(_within(circle, business, radius, radius / flat))
        if len(found) == NEIGHBOURS:
            return found
    return _first(family)


def _within(sites: QuerySet[Site], business: Business, high: float, wide: float) -> QuerySet[Site]:
    """Those in the box around a circle, which an index can find."""
    return sites.filter(
        business__lat__range=(business.lat - high, business.lat + high),
        business__lon__range=(business.lon - wide, business.lon + wide),
    )


def _first(sites: QuerySet[Site]) -> list[int]:
    return list(sites.values_list("pk", flat=True)[:NEIGHBOURS])
