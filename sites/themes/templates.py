"""The templates of the sites: Jinja's, because a site has hundreds of places to fill and thousands are made."""

import html
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader
from markupsafe import Markup

FOLDER = Path(__file__).parents[2] / "templates"


def render_template(name: str, context: dict[str, Any] | None = None) -> str:
    """The template filled in; what the context does not hold is empty, and all text is escaped."""
    return _ENVIRONMENT.get_template(name).render(context or {})


def first_template(*names: str) -> str:
    """The first of these that exists; raises TemplatesNotFound where none does."""
    return str(_ENVIRONMENT.select_template(names).name)


@lru_cache(maxsize=8192)
def escaped(text: str) -> str:
    """As in the rest of the product: a quotation mark has one form everywhere. Sites say the same again and again."""
    return html.escape(text)


def _with_break(address: str) -> Markup:
    """The e-mail address, which a narrow column breaks before its @ and not in the middle of a word."""
    return Markup(escaped(address).replace("@", "<wbr>@"))  # noqa: S704 -- it is escaped


def _escaped(value: object) -> object:
    """The value, escaped where it is not marked as safe."""
    return value if hasattr(value, "__html__") else escaped(str(value))


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
_ENVIRONMENT.filters["with_break"] = _with_break
_ENVIRONMENT.globals.clear()  # no template uses Jinja's own functions, and each include would count them anew
