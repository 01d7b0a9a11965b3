"""manage.py add_territory NAME --bbox S,W,N,E: adds a territory to be scraped."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.clock import SYSTEM_CLOCK
from territories.coverage import add_territory, choose_source
from territories.progress import estimate
from territories.splitting import Bounds


def parse_bbox(text: str) -> tuple[float, float, float, float]:
    """Read "S,W,N,E" in degrees; raises ValidationError."""
    try:
        south, west, north, east = (float(part) for part in text.split(","))
    except ValueError:
        raise ValidationError(
            "--bbox takes four numbers: south,west,north,east. Example: 43.72,7.40,43.76,7.44"
        ) from None
    return south, west, north, east


def spoken(error: ValidationError) -> str:
    """Return the messages in one line, each with the name of the field it is about."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        message if field == NON_FIELD_ERRORS else f"{field}: {message}"
        for field, messages in error.message_dict.items()
        for message in messages
    )


def join_bbox(words: list[str]) -> list[str]:
    """Write "--bbox -34,151,..." as one word: argparse takes a southern latitude for an option."""
    joined = list(words)
    if "--bbox" in joined[:-1]:
        at = joined.index("--bbox")
        joined[at : at + 2] = [f"--bbox={joined[at + 1]}"]
    return joined


class Command(BaseCommand):
    help = "Add a territory: a named rectangle that is scraped from one source."

    def run_from_argv(self, argv: list[str]) -> None:
        super().run_from_argv(join_bbox(argv))

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--bbox", required=True, help="south,west,north,east in degrees")
        parser.add_argument(
            "--source", default="", help="which source to ask; the map file if OSM_FILE is set"
        )
        parser.add_argument("--country", default="", help="ISO code, for phone numbers and the rules of mail")
        parser.add_argument("--categories", default="", help="trades, separated by commas; empty: all")
        parser.add_argument("--expected", type=int, help="about how many businesses there are, if you know")

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
                expected=options["expected"],
                now=SYSTEM_CLOCK.now(),
            )
            takes = estimate(territory.source, Bounds(south, west, north, east), expected=territory.expected)
        except ValidationError as error:
            raise CommandError(spoken(error)) from error
        self.stdout.write(f"Added {territory} ({territory.source}). It is scraped in the next cycle.")
        self.stdout.write(str(takes))
