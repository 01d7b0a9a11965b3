"""The measurements of this room, each kind in a module of its own."""

from businesses import coverage_benches, import_benches, web_benches

__all__ = ["coverage_benches", "import_benches", "web_benches"]
