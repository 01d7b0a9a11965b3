"""The measurements of this room, each kind in a module of its own."""

from businesses import import_benches, web_benches

__all__ = ["import_benches", "web_benches"]
