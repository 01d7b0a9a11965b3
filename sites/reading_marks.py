"""The reading mark of a proposal: whoever may judge the law of its country says where it is, if there is to be one."""

from collections.abc import Callable

from sites.models import Site

_makers: list[Callable[[Site], str]] = []


def register(make: Callable[[Site], str]) -> None:
    """Ask `make` for the path of a site's mark on its host; it answers "" where nothing may be measured."""
    _makers[:] = [make]


def mark_of(site: Site) -> str:
    """Return the path of the picture that is asked for when somebody reads this far; "" for none."""
    return _makers[0](site) if _makers else ""
