"""The measurements of this room, each kind in a module of its own."""

from campaigns import claim_benches, public_benches, restart_benches, sending_benches

__all__ = ["claim_benches", "public_benches", "restart_benches", "sending_benches"]
