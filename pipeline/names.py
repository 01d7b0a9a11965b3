"""Looking up host names: in bounded time, not twice in a row, and without taking a dead DNS for a missing name."""

import queue
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.addresses import FailureKind, FetchFailed

# Returns the addresses of an ASCII host name as text; raises socket.gaierror.
Resolver = Callable[[str], Sequence[str]]
Answer = Sequence[str] | BaseException

CONTROL_NAME = "example.com"  # reserved by RFC 2606 and always there
DNS_FAILURES: dict[int, FailureKind] = {
    socket.EAI_NONAME: "nxdomain",
    # EAI_NODATA (the name exists, without an address), EAI_AGAIN (nobody answered) and the rest prove nothing.
}
MOST_REMEMBERED = 20_000


def system_resolver(host: str, lookup: Callable[..., Any] = socket.getaddrinfo) -> Sequence[str]:
    """Return the addresses of `host` as the system knows them; raises socket.gaierror.

    A machine without a working DNS may be told of every name that it does not exist. So "no such name" is believed
    only while a name that always exists is found; otherwise it is a failure that proves nothing.
    """
    try:
        found = lookup(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_NONAME and not _dns_works(lookup):
            raise socket.gaierror(socket.EAI_AGAIN, "the DNS of this machine finds no name at all") from error
        raise
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _dns_works(lookup: Callable[..., Any]) -> bool:
    try:
        return bool(lookup(CONTROL_NAME, None, type=socket.SOCK_STREAM))
    except socket.gaierror:
        return False


class Names:
    """Looks names up with `resolver`, from any number of threads, and remembers what was certain.

    `remember` is seconds; failures that prove nothing are asked again at once.
    """

    def __init__(self, resolver: Resolver, *, remember: float) -> None:
        self._resolver = resolver
        self._remember = remember
        self._known: dict[str, tuple[float, Answer]] = {}  # name -> (until when, what)
        self._questions: queue.SimpleQueue[tuple[str, queue.SimpleQueue[Answer]]] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)  # as many as threads wait for a question

    def look_up(self, host: str, seconds: float, url: str) -> Sequence[str]:
        """Return the addresses of `host`, at least one; raises FetchFailed about `url`."""
        until, found = self._known.get(host, (0.0, ()))
        if until <= time.monotonic():
            found = self._ask(host, seconds, url)
            self._keep(host, found)
        if isinstance(found, socket.gaierror):
            kind = DNS_FAILURES.get(found.errno or 0, "dns")
            raise FetchFailed(kind, url, found.strerror or "the name could not be resolved") from found
        if isinstance(found, UnicodeError):  # how getaddrinfo refuses a name it cannot even ask for
            raise FetchFailed("bad_url", url, "not a host name") from found
        if isinstance(found, BaseException):
            raise found
        if not found:
            raise FetchFailed("dns", url, "the name has no address")
        return found

    def _keep(self, host: str, found: Answer) -> None:
        missing = isinstance(found, socket.gaierror) and DNS_FAILURES.get(found.errno or 0) == "nxdomain"
        if not missing and (isinstance(found, BaseException) or not found):
            return
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[host] = (time.monotonic() + self._remember, found)

    def _ask(self, host: str, seconds: float, url: str) -> Answer:
        """Ask in another thread: the system's resolver may sit far longer than anyone waits."""
        answer: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._questions.put((host, answer))
        if not self._idle.acquire(blocking=False):
            threading.Thread(target=self._serve, daemon=True).start()
        try:
            return answer.get(timeout=seconds)
        except queue.Empty:
            raise FetchFailed("dns", url, "the DNS did not answer in time") from None

    def _serve(self) -> None:
        while True:
            host, answer = self._questions.get()
            try:
                answer.put(self._resolver(host))
            except BaseException as error:
                answer.put(error)
            self._idle.release()
