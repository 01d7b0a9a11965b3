"""Which sites stand around a business: what its own should not look like."""

from math import cos, radians

from django.db.models import ExpressionWrapper, F, FloatField

from businesses.categories import find_family, trades_of
from businesses.models import Business
from sites.models import Site
from sites.themes.variety import NEIGHBOURS, Seen

SEEN = (Site.Status.COMPLETED, Site.Status.PUBLISHED)


def looks_around(business: Business) -> list[Seen]:
    """The looks of the nearest sites of the same family in its territory, nearest first; at most five."""
    north = F("business__lat") - business.lat
    east = (F("business__lon") - business.lon) * cos(radians(business.lat))
    nearest = (
        Site.objects.filter(
            status__in=SEEN,
            version__isnull=False,
            business__territory=business.territory_id,
            business__category__in=trades_of(find_family(business.category)),
        )
        .exclude(business=business.pk)
        .order_by(ExpressionWrapper(north * north + east * east, output_field=FloatField()), "pk")
        .values_list("pk", flat=True)
    )
    found = list(nearest[:NEIGHBOURS])
    # Only now: a database would read the look of every site before it sorts them.
    looks = Site.objects.filter(pk__in=found).values_list(
        "pk", "version__spec__look__theme", "version__spec__look__hero", "version__spec__look__hue"
    )
    seen = {pk: Seen((theme, hero), hue) for pk, theme, hero, hue in looks}
    return [seen[pk] for pk in found if pk in seen]
