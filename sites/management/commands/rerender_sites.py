"""manage.py rerender_sites: what improved templates change on the sites that are online, and doing it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.clock import SYSTEM_CLOCK
from pipeline.states import StaleState
from sites.models import Site
from sites.publishing import order_publication
from sites.rerendering import Change, compare_sites


class Command(BaseCommand):
    help = "Render the sites that are online anew, judge them, and report what changes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slugs", nargs="*", help="only these sites; none: all that are online")
        parser.add_argument("--apply", action="store_true", help="let the next publication put them online")

    def handle(self, *args: Any, **options: Any) -> None:
        slugs = tuple(options["slugs"])
        known = set(Site.objects.filter(slug__in=slugs).values_list("slug", flat=True))
        if missing := [slug for slug in slugs if slug not in known]:
            raise CommandError(f"There is no site {', '.join(missing)}. The list of sites shows the slugs.")
        counts = {"as before": 0, "changed": 0, "refused": 0}
        for change in compare_sites(slugs):
            word = "refused" if change.refused else "changed" if change.is_any else "as before"
            counts[word] += 1
            if word != "as before":
                self.stdout.write(_line(change))
            if options["apply"] and word == "changed":
                self._apply(change.site)
        self.stdout.write(", ".join(f"{count} {word}" for word, count in counts.items()))
        if counts["refused"]:
            raise CommandError("What was refused stays online as it was. Mend the templates or the records.")

    def _apply(self, site: Site) -> None:
        try:
            order_publication(
                site, now=SYSTEM_CLOCK.now(), by="rerender_sites", reason="Its page is rendered anew"
            )
        except StaleState as error:
            self.stderr.write(f"{site.slug}: {error}")


def _line(change: Change) -> str:
    if change.refused:
        return f"{change.site.slug}: refused: {change.refused}"
    sizes = f"{change.bytes_before:,} to {change.bytes_after:,} bytes"
    return f"{change.site.slug}: {', '.join(change.files)} ({sizes})"
