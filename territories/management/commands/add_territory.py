"""manage.py add_territory NAME --bbox S,W,N,E: adds a territory to be scraped."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.clock import SYSTEM_CLOCK
from territories.coverage import add_territory, choose_source


def parse_bbox(text: str) -> tuple[float, float, float, float]:
    """Read "S,W,N,E" in degrees; raises ValidationError."""
    try:
        south, west, north, east = (float(part) for part in text.split(","))
    except ValueError:
        raise ValidationError("--bbox takes four numbers: south,west,north,east. Example: 43.72,7.40,43.76,7.44") from None
    return south, west, north, east


class Command(BaseCommand):
    help = "Add a territory: a named rectangle that is scraped from one source."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--bbox", required=True, help="south,west,north,east in degrees (write --bbox=S,W,N,E)")
        parser.add_argument("--source", default="", help="which source to ask; the map file if OSM_FILE is set")
        parser.add_argument("--country", default="", help="ISO code, for phone numbers and the rules of mail")
        parser.add_argument("--categories", default="", help="trades, separated by commas; empty: all")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            south, west, north, east = parse_bbox(options["bbox"])
            territory = add_territory(
                options["name"],
                south=south,
                west=west,
                north=north,
                east=east,
                source=choose_source(options["source"]),
                country=options["country"],
                categories=[slug.strip() for slug in options["categories"].split(",") if slug.strip()],
                now=SYSTEM_CLOCK.now(),
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"Added {territory} ({territory.source}). It is scraped in the next cycle.")
