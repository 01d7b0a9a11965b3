"""Turns at an address: many sites share one server, and none of them should see a crowd of us."""

import threading
from ipaddress import IPv4Address, IPv6Address


class Turns:
    """At most `limit` at a time hold a turn at one address; any number of threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        # Only addresses that somebody holds or waits for, with how many those are.
        self._gates: dict[IPv4Address | IPv6Address, tuple[threading.Semaphore, int]] = {}

    def take(self, ip: IPv4Address | IPv6Address, seconds: float) -> bool:
        """Wait up to `seconds` for a turn; True when it is ours and must be given back."""
        with self._lock:
            gate, users = self._gates.get(ip) or (threading.Semaphore(self._limit), 0)
            self._gates[ip] = (gate, users + 1)
        if gate.acquire(timeout=seconds):
            return True
        self._leave(ip)
        return False

    def give_back(self, ip: IPv4Address | IPv6Address) -> None:
        """End a turn."""
        self._gates[ip][0].release()
        self._leave(ip)

    def _leave(self, ip: IPv4Address | IPv6Address) -> None:
        with self._lock:
            gate, users = self._gates[ip]
            if users == 1:
                del self._gates[ip]
            else:
                self._gates[ip] = (gate, users - 1)
