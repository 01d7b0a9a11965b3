"""The measurements of this room, for `manage.py bench`."""

from sites import bank_benches, look_benches, making_benches, model_benches  # noqa: F401 -- importing registers them
