"""manage.py statemachine: renders every transition table to docs/states.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.models import WorkItem
from pipeline.states import work_item_models

INTRO = """# States

Made by `manage.py statemachine` from the models; a test keeps it current. Each table lists every move that
exists. A row moves by compare-and-swap and leaves a line in its timeline. What the world does (opened,
replied) is no state.
"""


def render_states() -> str:
    """Return the page: one diagram and one table a model."""
    return INTRO + "".join(_render(model) for model in work_item_models() if model.TRANSITIONS)


def _render(model: type[WorkItem]) -> str:
    moves = {str(start): [str(end) for end in ends] for start, ends in model.TRANSITIONS.items()}
    lines = [f"\n## {model.__name__} ({model._meta.app_label})\n", "```mermaid", "stateDiagram-v2"]
    lines += [f"    {start} --> {end}" for start, ends in moves.items() for end in ends]
    lines += ["```", "", "| from | may become |", "|---|---|"]
    lines += [f"| {start} | {', '.join(ends) or 'nothing: the end'} |" for start, ends in moves.items()]
    return "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Render the transition tables of all models to docs/states.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail when the page is out of date."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "states.md"
        page = render_states()
        if options["check"]:
            if not path.exists() or path.read_text() != page:
                raise CommandError("docs/states.md is out of date. Run manage.py statemachine.")
            return
        path.write_text(page)
        self.stdout.write(f"Wrote {path}")
