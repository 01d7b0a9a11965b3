"""manage.py make_thumbnails: pictures of the sites that have none, for the gallery."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.errors import BadData
from sites.thumbnails import make_picture, missing_pictures


class Command(BaseCommand):
    help = "Make a picture of each site that has none, with Chromium."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=50, help="at most so many pictures (default: 50)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit must be 1 or more")
        missing = missing_pictures(options["limit"])
        made, trouble = 0, ""
        for version in missing:
            try:
                make_picture(version)
            except BadData as error:
                trouble = str(error)
                self.stderr.write(trouble)
                if not made:
                    break  # what fails at the first one fails at every one
            else:
                made += 1
        self.stdout.write(f"{made} of {len(missing)} pictures made")
        if trouble:
            raise CommandError("Some pictures could not be made. The gallery shows those sites in frames.")
