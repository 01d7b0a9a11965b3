"""The templates of the sites: Jinja's, because a site has hundreds of places to fill and thousands are made."""

import html
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader

FOLDER = Path(__file__).parents[2] / "templates"


def render_template(name: str, context: dict[str, Any] | None = None) -> str:
    """The template filled in; what the context does not hold is empty, and all text is escaped."""
    return _ENVIRONMENT.get_template(name).render(context or {})


def first_template(*names: str) -> str:
    """The first of these that exists; raises TemplatesNotFound where none does."""
    return str(_ENVIRONMENT.select_template(names).name)


def _escaped(value: object) -> object:
    """What is not marked as safe, escaped as in the rest of the product: a quotation mark has one form everywhere."""
    return value if hasattr(value, "__html__") else html.escape(str(value))


# Every value that a template prints goes through `finalize`: Jinja's own escaping would do it a second time.
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=False,  # noqa: S701 -- _escaped does
    finalize=_escaped,
    undefined=ChainableUndefined,
    keep_trailing_newline=True,
    auto_reload=False,
    cache_size=-1,
)
