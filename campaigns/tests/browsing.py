"""What the tests of the public pages look with: every address, every row, and a page as a browser takes it."""

from html.parser import HTMLParser
from typing import Any

from django.apps import apps

from campaigns.models import Message
from pipeline.tokens import make_token


def addresses(message: Message) -> dict[str, str]:
    """Every public address that a mail or its site leads to."""
    claim = f"/claim/{make_token('claim', message.campaign.site_id)}/"
    return {
        "pixel": f"/o/{make_token('open', message.pk)}.gif",
        "click": f"/c/{make_token('click', message.pk, 1)}",
        "unsubscribe": f"/u/{make_token('unsubscribe', message.pk)}",
        "claim": claim,
        "remove": f"{claim}remove/",
    }


def stored() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values()) for model in apps.get_models()
    }


class Outline(HTMLParser):
    """What a browser makes of a page: its elements with the names of their attributes, its links, its text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.values: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *(name for name, _ in attrs)))
        self.values += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data
