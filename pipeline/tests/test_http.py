"""The guarded client against hostile addresses and hostile servers; every server is a stub on loopback."""

import contextlib
import functools
import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import brotli
import pytest

from pipeline.http import Fetched, FetchFailed, GuardedClient, is_public
from pipeline.names import system_resolver

SELF_SIGNED = Path(__file__).parent / "data" / "self_signed.pem"
ISSUER_MISSING = SELF_SIGNED.with_name("issuer_missing.pem")
PAGE = b"<!doctype html><title>Shop</title><p>Open on Monday</p>"
Talk = Callable[[socket.socket, bytes], None]


class Stub:
    """A server on loopback: hands the request's head to `talk`, which writes whatever it likes."""

    def __init__(
        self,
        talk: Talk,
        *,
        tls: bool = False,
        certificate: Path = SELF_SIGNED,
        address: str = "127.0.0.1",
    ) -> None:
        self.heads: list[bytes] = []
        self.sent = 0
        self.connections = 0
        self._talk = talk
        self._listener = socket.create_server((address, 0))
        self.port: int = self._listener.getsockname()[1]
        self._tls: ssl.SSLContext | None = None
        if tls:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
            self._tls.sni_callback = self._note_name
        self.server_names: list[str | None] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        if self._listener.fileno() == -1:
            return
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def send_until_refused(self, connection: socket.socket, piece: bytes, *, at_most: int) -> None:
        """Send `piece` again and again until the client hangs up; `at_most` bounds a client that never does."""
        while self.sent < at_most:
            connection.sendall(piece)
            self.sent += len(piece)

    def _note_name(self, connection: Any, name: str | None, context: ssl.SSLContext) -> None:
        self.server_names.append(name)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(10)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                received = connection.recv(4096)
                if not received:
                    return
                head += received
            self.heads.append(head)
            self._talk(connection, head)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the client hung up, as it should
        finally:
            connection.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Stub]]:
    stubs: list[Stub] = []

    def start(talk: Talk, **how: Any) -> Stub:
        stubs.append(Stub(talk, **how))
        return stubs[-1]

    yield start
    for stub in stubs:
        stub.close()


def answer(*headers: str, body: bytes = PAGE, status: str = "200 OK") -> Talk:
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode("latin-1")
    return lambda connection, _: connection.sendall(head + body)


def to_loopback(host: str) -> Sequence[str]:
    return ["127.0.0.1"]


def client_for(
    *ports: int, resolver: Callable[[str], Sequence[str]] = to_loopback, **options: Any
) -> GuardedClient:
    """Return a client that may reach loopback, which the guard otherwise refuses."""
    options = {"allow": lambda ip: True, "allowed_ports": frozenset(ports), **options}
    return GuardedClient(user_agent="WebMagicBot/1.0 (+https://agency.example)", resolver=resolver, **options)


def kind_of(client: GuardedClient, url: str) -> str:
    with pytest.raises(FetchFailed) as caught:
        client.fetch(url)
    return caught.value.kind


# --------------------------------------------------------------------------------------- the plain case


def test_fetch_returns_the_page(serve: Callable[..., Stub]) -> None:
    stub = serve(answer("Content-Type: text/html", f"Content-Length: {len(PAGE)}", "X-Shop: Yes"))
    url = f"http://shop.example:{stub.port}/menu?day=1#top"

    fetched = client_for(stub.port).fetch(url)

    final_url = f"http://shop.example:{stub.port}/menu?day=1"
    headers = {"content-type": "text/html", "content-length": str(len(PAGE)), "x-shop": "Yes"}
    assert fetched == Fetched(url, final_url, 200, headers, PAGE, truncated=False)


def test_request_carries_the_name_and_nothing_of_ours(
    serve: Callable[..., Stub], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stub = serve(answer("Content-Type: text/html", "Set-Cookie: session=1; Path=/"))
    other = serve(answer("Content-Type: text/html"))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine shop.example login staff password secret")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{other.port}")
    client = client_for(stub.port)

    client.fetch(f"http://shop.example:{stub.port}/")
    client.fetch(f"http://shop.example:{stub.port}/")

    assert other.connections == 0
    head = stub.heads[1].decode().lower()
    assert f"host: shop.example:{stub.port}\r\n" in head
    assert "user-agent: webmagicbot/1.0 (+https://agency.example)\r\n" in head
    assert "cookie" not in head
    assert "authorization" not in head


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oh", "410 Gone", "302 Found"])
def test_any_status_without_a_way_on_is_an_answer(serve: Callable[..., Stub], status: str) -> None:
    stub = serve(answer("Content-Type: text/html", status=status))
    fetched = client_for(stub.port).fetch(f"http://shop.example:{stub.port}/")
    assert (fetched.status, fetched.body) == (int(status[:3]), PAGE)


@pytest.mark.parametrize(
    "content_type", ["image/png", "application/pdf", "application/octet-stream", "video/mp4"]
)
def test_body_that_is_no_text_is_not_kept(serve: Callable[..., Stub], content_type: str) -> None:
    stub = serve(answer(f"Content-Type: {content_type}"))
    fetched = client_for(stub.port).fetch(f"http://shop.example:{stub.port}/")
    assert (fetched.status, fetched.body, fetched.truncated) == (200, b"", False)


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress)]
)
def test_packed_body_is_unpacked(
    serve: Callable[..., Stub], encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    stub = serve(answer("Content-Type: text/html", f"Content-Encoding: {encoding}", body=pack(PAGE * 20)))
    fetched = client_for(stub.port).fetch(f"http://shop.example:{stub.port}/")
    assert (fetched.body, fetched.truncated) == (PAGE * 20, False)


def test_many_threads_share_one_client(serve: Callable[..., Stub]) -> None:
    def echo(connection: socket.socket, head: bytes) -> None:
        path = head.split(b" ", 2)[1]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + path)

    stub = serve(echo)
    client = client_for(stub.port)
    bodies: dict[int, bytes] = {}

    def fetch(number: int) -> None:
        bodies[number] = client.fetch(f"http://shop{number}.example:{stub.port}/{number}").body

    threads = [threading.Thread(target=fetch, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == {number: f"/{number}".encode() for number in range(24)}


# ------------------------------------------------------------------------------- addresses that are refused

# {port} is a port on which a stub listens that must never hear of any of these.
LOOPBACK_URLS = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://0x7f.1:{port}/",
    "http://0x7f.0x0.0x0.0x1:{port}/",
    "http://0x7f000001:{port}/",
    "http://2130706433:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://127.0.0.0x1:{port}/",
    "http://127.000.000.001:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://localhost:{port}/",
    "http://localhost.:{port}/",
    "http://LOCALHOST:{port}/",
    "http://shop.localhost:{port}/",
    "http://printer.local:{port}/",
    "http://intranet:{port}/",
    "http://metadata.internal:{port}/",
    "http://router.home.arpa:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127%2e0%2e0%2e1:{port}/",
    "http://\uff11\uff12\uff17.0.0.1:{port}/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460:{port}/",
    "http://127\u30020\u30020\u30021:{port}/",
    "http://shop.example@127.0.0.1:{port}/",
    "http://shop.example:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@shop.example/",
    "http://127.0.0.1:{port}?@shop.example/",
    "http://shop.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@shop.example/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1:{port}/\r\nHost: shop.example",
    "http:127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "ftp://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/",
    "dict://127.0.0.1:{port}/",
]
OTHER_URLS = [
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/metadata/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[ff02::1]/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://shop.example:6379/",
    "http://shop.example:22/",
    "http://shop.example:0/",
    "http://shop.example:99999/",
    "http://shop.example:http/",
    "http://[::1/",
    "http:///",
    "http://",
    "http://.example/",
    "http://shop..example/",
    "http://-shop.example/",
    "http://" + "a" * 64 + ".example/",
    "http://shop.example/" + "a" * 3000,
    "file:///etc/passwd",
    "data:text/html,hello",
    "javascript:alert(1)",
    "",
]


@pytest.fixture(scope="module")
def secret() -> Iterator[Stub]:
    """A server that must never be reached."""
    stub = Stub(answer("Content-Type: text/html"))
    yield stub
    stub.close()


@pytest.fixture(scope="module")
def door(secret: Stub) -> Iterator[Stub]:
    """A server that stands for a public one, on 127.0.0.9; /3 redirects to the third of the addresses."""

    def lead(connection: socket.socket, head: bytes) -> None:
        location = LOOPBACK_URLS[int(head.split(b" ", 2)[1][1:])].format(port=secret.port)
        if location.startswith(("//", "http:127", "http:///")) or "\t" in location or "\r" in location:
            location = f"http://127.0.0.1:{secret.port}/"  # these are relative, or cut, in a header
        connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n".encode())

    stub = Stub(lead, address="127.0.0.9")
    yield stub
    stub.close()


@pytest.fixture(scope="module")
def guarded(secret: Stub, door: Stub) -> GuardedClient:
    """A client that may go to every port, to the door and to public addresses."""
    return client_for(
        80,
        443,
        secret.port,
        door.port,
        resolver=lambda host: {"door.example": ["127.0.0.9"]}[host],
        allow=lambda ip: str(ip) == "127.0.0.9" or is_public(ip),
    )


@pytest.mark.parametrize("url", LOOPBACK_URLS)
def test_loopback_is_never_reached(secret: Stub, guarded: GuardedClient, url: str) -> None:
    assert kind_of(guarded, url.format(port=secret.port)) in ("bad_url", "blocked_address")
    assert secret.connections == 0


@pytest.mark.parametrize("number", range(len(LOOPBACK_URLS)))
def test_redirect_to_loopback_is_never_followed(
    secret: Stub, door: Stub, guarded: GuardedClient, number: int
) -> None:
    before = len(door.heads)
    assert kind_of(guarded, f"http://door.example:{door.port}/{number}") in ("bad_url", "blocked_address")
    assert (len(door.heads) - before, secret.connections) == (1, 0)


@pytest.mark.parametrize("url", OTHER_URLS)
def test_address_off_the_public_web_is_refused(guarded: GuardedClient, url: str) -> None:
    assert kind_of(guarded, url) in ("bad_url", "blocked_address")


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["10.1.2.3"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["fe80::1%lo"],
    ],
)
def test_name_with_one_private_address_is_refused(answers: list[str]) -> None:
    client = GuardedClient(user_agent="test", resolver=lambda host: answers)
    assert kind_of(client, "http://shop.example/") == "blocked_address"


def test_rebinding_name_gets_one_lookup_a_connection(serve: Callable[..., Stub]) -> None:
    """A name that is public when it is checked and loopback when it is asked again leads nowhere."""
    secret = serve(answer("Content-Type: text/html"))
    lookups: list[str] = []

    def rebind(host: str) -> Sequence[str]:
        lookups.append(host)
        return ["127.0.0.9"] if len(lookups) == 1 else ["127.0.0.1"]

    # 127.0.0.9 stands for a public address: nothing listens there, and no packet leaves.
    client = client_for(
        secret.port, resolver=rebind, allow=lambda ip: str(ip) == "127.0.0.9", remember_names=0
    )
    url = f"http://shop.example:{secret.port}/"
    assert kind_of(client, url) == "refused"
    assert lookups == ["shop.example"]
    assert kind_of(client, url) == "blocked_address"
    assert secret.connections == 0


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("64:ff9b::5db8:d822", True),
        ("2002:5db8:d822::1", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
        ("::ffff:10.0.0.1", False),
        ("::93.184.216.34", False),
        ("2001:db8::1", False),
        ("2001::1", False),
        ("fc00::1", False),
        ("ff0e::1", False),
        ("224.0.1.1", False),
        ("100.127.255.255", False),
        ("0.1.2.3", False),
        ("192.0.0.1", False),
    ],
)
def test_is_public_looks_through_wrapped_addresses(address: str, expected: bool) -> None:
    assert is_public(ip_address(address)) is expected


# ------------------------------------------------------------------------------------ names and connections


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (socket.EAI_NONAME, "nxdomain"),
        (socket.EAI_NODATA, "dns"),
        (socket.EAI_AGAIN, "dns"),
        (socket.EAI_FAIL, "dns"),
        (socket.EAI_SYSTEM, "dns"),
    ],
)
def test_missing_name_is_told_from_a_dns_that_fails(code: int, kind: str) -> None:
    def fail(host: str) -> Sequence[str]:
        raise socket.gaierror(code, "as the system says")

    assert kind_of(GuardedClient(user_agent="test", resolver=fail), "http://shop.example/") == kind


def test_name_without_an_address_proves_nothing() -> None:
    assert (
        kind_of(GuardedClient(user_agent="test", resolver=lambda host: []), "http://shop.example/") == "dns"
    )


def test_names_are_remembered_and_their_addresses_checked_all_the_same(serve: Callable[..., Stub]) -> None:
    stub = serve(answer("Content-Type: text/html"))
    asked: list[str] = []
    is_allowed = True

    def note(host: str) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    client = client_for(stub.port, resolver=note, allow=lambda ip: is_allowed)
    url = f"http://shop.example:{stub.port}/"
    client.fetch(url)
    client.fetch(url)
    assert asked == ["shop.example"]
    is_allowed = False
    assert kind_of(client, url) == "blocked_address"
    assert (asked, stub.connections) == (["shop.example"], 2)


@pytest.mark.parametrize(("code", "lookups"), [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, 2)])
def test_only_what_the_dns_was_sure_of_is_remembered(code: int, lookups: int) -> None:
    asked: list[str] = []

    def fail(host: str) -> Sequence[str]:
        asked.append(host)
        raise socket.gaierror(code, "as the system says")

    client = GuardedClient(user_agent="test", resolver=fail)
    first, second = kind_of(client, "http://shop.example/"), kind_of(client, "http://shop.example/")
    assert first == second
    assert len(asked) == lookups


def test_one_address_is_asked_by_two_at_a_time(serve: Callable[..., Stub]) -> None:
    """Six sites on one server: never more than two of them are being asked."""
    lock = threading.Lock()
    inside, most = 0, 0
    two_are_in = threading.Barrier(2)

    def count(connection: socket.socket, head: bytes) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        two_are_in.wait(10)  # both turns are used
        with lock:
            inside -= 1
        answer("Content-Type: text/html")(connection, head)

    stub = serve(count)
    client = client_for(stub.port)
    statuses: list[int] = []

    def fetch(number: int) -> None:
        statuses.append(client.fetch(f"http://shop{number}.example:{stub.port}/").status)

    threads = [threading.Thread(target=fetch, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 6
    assert most == 2


@pytest.mark.parametrize("path", ["/", "/moved"])
def test_wait_for_a_turn_is_not_held_against_the_site(path: str, serve: Callable[..., Stub]) -> None:
    """The second site waits longer for the first than it may take itself, and is answered."""
    release = threading.Event()
    begun = threading.Event()

    def hold(connection: socket.socket, head: bytes) -> None:
        if b" /slow " in head:
            begun.set()
            release.wait(10)
        if b" /moved " in head:
            connection.sendall(b"HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
        else:
            answer("Content-Type: text/html")(connection, head)

    stub = serve(hold)
    client = client_for(stub.port, max_per_address=1, total_timeout=0.4, read_timeout=0.4)
    first = threading.Thread(
        target=lambda: kind_of(client, f"http://one.example:{stub.port}/slow")  # ends by its own timeout
    )
    first.start()
    assert begun.wait(10)
    assert client.fetch(f"http://two.example:{stub.port}{path}").status == 200
    first.join()
    release.set()


def test_turn_that_never_comes_is_no_verdict_on_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.http.LONGEST_WAIT", 0.05)
    client = client_for(80, max_per_address=0)
    assert kind_of(client, "http://shop.example/") == "crowded"


def test_turns_come_back_whatever_happens(
    serve: Callable[..., Stub], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.http.LONGEST_WAIT", 1)
    stub = serve(lambda connection, head: connection.sendall(b"nonsense"))
    client = client_for(stub.port, max_per_address=1)
    assert [kind_of(client, f"http://shop.example:{stub.port}/") for _ in range(3)] == ["protocol"] * 3
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed: int = listener.getsockname()[1]
    client = client_for(closed, max_per_address=1)
    assert [kind_of(client, f"http://shop.example:{closed}/") for _ in range(3)] == ["refused"] * 3


def test_slow_dns_ends_at_the_connect_timeout() -> None:
    asked = threading.Event()
    over = threading.Event()

    def sit(host: str) -> Sequence[str]:
        asked.set()
        over.wait(30)
        return ["127.0.0.1"]

    client = GuardedClient(user_agent="test", resolver=sit, connect_timeout=0.1)
    assert kind_of(client, "http://shop.example/") == "dns"
    assert asked.is_set()
    assert not over.is_set()
    over.set()


def test_international_name_is_looked_up_in_its_ascii_form(serve: Callable[..., Stub]) -> None:
    stub = serve(answer("Content-Type: text/html"))
    asked: list[str] = []

    def note(host: str) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    client_for(stub.port, resolver=note).fetch(f"http://Bäckerei.example:{stub.port}/")
    assert asked == ["xn--bckerei-5wa.example"]
    assert f"Host: xn--bckerei-5wa.example:{stub.port}".encode() in stub.heads[0]


def test_closed_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert kind_of(client_for(port), f"http://shop.example:{port}/") == "refused"


def test_host_that_refuses_on_one_address_and_is_silent_on_another_is_a_timeout() -> None:
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.9", 0), backlog=0))
        port = silent.getsockname()[1]
        for _ in range(4):  # a full queue: whoever comes now gets no answer
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.9", port))
        client = client_for(port, resolver=lambda host: ["127.0.0.9", "127.0.0.10"], connect_timeout=0.4)
        assert kind_of(client, f"http://shop.example:{port}/") == "timeout"


def test_next_address_is_tried_when_the_first_refuses(serve: Callable[..., Stub]) -> None:
    stub = serve(answer("Content-Type: text/html"))
    client = client_for(stub.port, resolver=lambda host: ["127.0.0.9", "127.0.0.1"])
    assert client.fetch(f"http://shop.example:{stub.port}/").status == 200


# --------------------------------------------------------------------------------------------------- TLS


def test_self_signed_certificate_is_tls(serve: Callable[..., Stub]) -> None:
    stub = serve(answer("Content-Type: text/html"), tls=True)
    assert kind_of(client_for(stub.port), f"https://shop.example:{stub.port}/") == "tls"
    assert stub.heads == []


def test_trusted_certificate_is_checked_against_the_name(serve: Callable[..., Stub]) -> None:
    stub = serve(answer("Content-Type: text/html"), tls=True)
    client = client_for(stub.port)
    client.ssl_context.load_verify_locations(SELF_SIGNED)

    assert client.fetch(f"https://shop.example:{stub.port}/").body == PAGE
    assert stub.server_names == ["shop.example"]
    assert kind_of(client, f"https://other.example:{stub.port}/") == "tls"


def test_certificate_of_an_issuer_that_is_not_known_here_is_no_refused_one(
    serve: Callable[..., Stub],
) -> None:
    """A server that forgets to send the certificate between its own and the root: most browsers fetch it."""
    stub = serve(answer("Content-Type: text/html"), tls=True, certificate=ISSUER_MISSING)
    assert kind_of(client_for(stub.port), f"https://shop.example:{stub.port}/") == "tls_chain"
    assert stub.heads == []


def test_plain_server_on_the_tls_port_is_no_refused_certificate(serve: Callable[..., Stub]) -> None:
    def speak_plainly(connection: socket.socket, head: bytes) -> None:
        raise AssertionError("a TLS hello holds no HTTP head")

    stub = serve(speak_plainly)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        assert kind_of(client_for(port, stub.port), f"https://shop.example:{port}/") == "protocol"
        thread.join()


def test_silent_tls_server_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = client_for(port, connect_timeout=0.2)
        assert kind_of(client, f"https://shop.example:{port}/") == "timeout"


# -------------------------------------------------------------------------------------------- redirects


def test_redirects_are_followed_to_the_end(serve: Callable[..., Stub]) -> None:
    def lead(connection: socket.socket, head: bytes) -> None:
        steps = {b"/": b"/one two", b"/one%20two": b"//www.shop.example:%d/three" % stub.port}
        path = head.split(b" ", 2)[1]
        if path in steps:
            connection.sendall(b"HTTP/1.1 301 Moved\r\nLocation: " + steps[path] + b"\r\n\r\n")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE)

    stub = serve(lead)
    url = f"http://shop.example:{stub.port}/"
    fetched = client_for(stub.port).fetch(url)
    assert (fetched.url, fetched.final_url) == (url, f"http://www.shop.example:{stub.port}/three")
    assert (fetched.status, fetched.body) == (200, PAGE)


def test_body_of_a_redirect_is_not_read(serve: Callable[..., Stub]) -> None:
    def lead(connection: socket.socket, head: bytes) -> None:
        if b" /end " in head:
            answer("Content-Type: text/html")(connection, head)
        else:
            answer("Location: /end", status="302 Found", body=b"")(connection, head)
            stub.send_until_refused(connection, b"x" * 65536, at_most=200_000_000)

    stub = serve(lead)
    assert client_for(stub.port).fetch(f"http://shop.example:{stub.port}/").body == PAGE
    stub.close()
    assert stub.sent < 50_000_000


def test_endless_redirect_ends(serve: Callable[..., Stub]) -> None:
    stub = serve(answer("Location: /again", status="302 Found", body=b""))
    assert kind_of(client_for(stub.port, max_redirects=5), f"http://shop.example:{stub.port}/") == "protocol"
    assert stub.connections == 6


def test_each_redirect_is_resolved_and_checked_anew(serve: Callable[..., Stub]) -> None:
    stub = serve(answer("Location: /again", status="302 Found", body=b""))
    answers = iter([["127.0.0.1"], ["127.0.0.1"], ["10.0.0.1"]])
    client = client_for(
        stub.port,
        resolver=lambda host: next(answers),
        allow=lambda ip: str(ip) == "127.0.0.1",
        remember_names=0,
    )
    assert kind_of(client, f"http://shop.example:{stub.port}/") == "blocked_address"
    assert stub.connections == 2


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "gopher://shop.example/", "http://[::1", "http://shop.example:25/", "mailto:a"],
)
def test_redirect_off_the_web_is_bad_url(serve: Callable[..., Stub], location: str) -> None:
    stub = serve(answer(f"Location: {location}", status="301 Moved"))
    assert kind_of(client_for(stub.port), f"http://shop.example:{stub.port}/") == "bad_url"


# -------------------------------------------------------------------------------------- hostile servers

BOMB_SIZE = 100_000_000


@functools.cache
def gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1_000_000)
    return b"".join(packer.compress(zeros) for _ in range(BOMB_SIZE // len(zeros))) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", gzip_bomb),
        ("br", lambda: brotli.compress(bytes(BOMB_SIZE), quality=1)),
        ("gzip, gzip", lambda: gzip.compress(gzip_bomb())),
    ],
    ids=["gzip", "brotli", "gzip twice"],
)
def test_bomb_goes_off_in_small_pieces(
    serve: Callable[..., Stub], encoding: str, bomb: Callable[[], bytes], peak_memory: Callable[[], int]
) -> None:
    stub = serve(answer("Content-Type: text/html", f"Content-Encoding: {encoding}", body=bomb()))
    before = peak_memory()
    fetched = client_for(stub.port, max_body=64 * 1024).fetch(f"http://shop.example:{stub.port}/")
    assert (len(fetched.body), fetched.truncated) == (64 * 1024, True)
    assert peak_memory() - before < 64_000_000


@pytest.fixture
def peak_memory() -> Callable[[], int]:
    """Return the highest resident size of this process in bytes, counted from now where the kernel allows it."""
    clear, status = Path("/proc/self/clear_refs"), Path("/proc/self/status")
    if not status.exists():
        pytest.skip("this system does not tell a process its peak memory")
    try:
        clear.write_text("5")
    except OSError:
        pytest.skip("this system does not let a process reset its peak memory")

    def peak() -> int:
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    return peak


@pytest.mark.parametrize(
    ("headers", "piece"),
    [
        (["Content-Length: 10000000000"], b"x" * 65536),
        (["Transfer-Encoding: chunked"], b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        ([], b"x" * 65536),
    ],
    ids=["content-length", "chunked", "until close"],
)
def test_endless_body_is_cut(serve: Callable[..., Stub], headers: list[str], piece: bytes) -> None:
    def pour(connection: socket.socket, head: bytes) -> None:
        answer("Content-Type: text/html", *headers, body=b"")(connection, head)
        stub.send_until_refused(connection, piece, at_most=200_000_000)

    stub = serve(pour)
    fetched = client_for(stub.port, max_body=100_000).fetch(f"http://shop.example:{stub.port}/")
    assert (fetched.body, fetched.truncated) == (b"x" * 100_000, True)
    stub.close()
    assert stub.sent < 50_000_000


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Header: " + b"x" * 1000 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Header: ", b"x" * 1000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"x" * 1000),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\0", b"x" * 1000),
    ],
    ids=["headers", "one header", "continue", "chunk extension", "gzip file name"],
)
def test_endless_bytes_that_are_no_body_are_cut(
    serve: Callable[..., Stub], head: bytes, piece: bytes
) -> None:
    def pour(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        stub.send_until_refused(connection, piece, at_most=200_000_000)

    stub = serve(pour)
    assert kind_of(client_for(stub.port), f"http://shop.example:{stub.port}/") in ("too_large", "protocol")
    stub.close()
    assert stub.sent < 50_000_000


@pytest.mark.parametrize("headers", [["Content-Length: 9999"], ["Transfer-Encoding: chunked"]])
def test_body_that_ends_early_is_truncated(serve: Callable[..., Stub], headers: list[str]) -> None:
    body = PAGE if "Length" in headers[0] else b"ffff\r\n" + PAGE
    stub = serve(answer("Content-Type: text/html", *headers, body=body))
    fetched = client_for(stub.port).fetch(f"http://shop.example:{stub.port}/")
    assert (fetched.status, fetched.body, fetched.truncated) == (200, PAGE, True)


def test_body_longer_than_announced_is_cut_there(serve: Callable[..., Stub]) -> None:
    stub = serve(answer("Content-Type: text/html", "Content-Length: 9"))
    fetched = client_for(stub.port).fetch(f"http://shop.example:{stub.port}/")
    assert (fetched.body, fetched.truncated) == (PAGE[:9], False)


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ids=["nothing", "in a header", "in the body", "in a chunk"],
)
def test_slow_drip_ends_at_the_total_timeout(serve: Callable[..., Stub], start: bytes) -> None:
    hung_up = threading.Event()

    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        try:
            while not hung_up.wait(0.02):
                connection.sendall(b"1")
        finally:
            hung_up.set()

    stub = serve(drip)
    client = client_for(stub.port, read_timeout=30, total_timeout=0.4)
    assert kind_of(client, f"http://shop.example:{stub.port}/") == "timeout"
    assert hung_up.wait(10)


def test_slow_redirects_share_one_total_timeout(serve: Callable[..., Stub]) -> None:
    def lead(connection: socket.socket, _: bytes) -> None:
        threading.Event().wait(0.15)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n")

    stub = serve(lead)
    client = client_for(stub.port, max_redirects=100, total_timeout=0.4)
    assert kind_of(client, f"http://shop.example:{stub.port}/") == "timeout"
    assert stub.connections <= 4


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200\x00 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nthis is not gzip",
    ],
    ids=["nothing", "ssh", "nul", "no status", "blank", "two lengths", "not gzip"],
)
def test_what_is_no_http_is_protocol(serve: Callable[..., Stub], bytes_sent: bytes) -> None:
    stub = serve(lambda connection, head: connection.sendall(bytes_sent))
    assert kind_of(client_for(stub.port), f"http://shop.example:{stub.port}/") == "protocol"


def test_failure_says_what_and_where() -> None:
    with pytest.raises(FetchFailed) as caught:
        GuardedClient(user_agent="test").fetch("http://127.0.0.1/\x1b[31m")
    assert caught.value.url == "http://127.0.0.1/\x1b[31m"
    assert (
        str(caught.value) == "'http://127.0.0.1/\\x1b[31m': holds a space, a backslash or a control character"
    )


def _dns(known: set[str]) -> Callable[..., list[tuple[Any, ...]]]:
    def lookup(host: str, *args: Any, **kwargs: Any) -> list[tuple[Any, ...]]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 0))]

    return lookup


def test_system_resolver_believes_no_such_name_while_other_names_are_found() -> None:
    with pytest.raises(socket.gaierror) as caught:
        system_resolver("gone.example", lookup=_dns({"example.com"}))
    assert caught.value.errno == socket.EAI_NONAME


def test_system_resolver_proves_nothing_when_it_finds_no_name_at_all() -> None:
    with pytest.raises(socket.gaierror) as caught:
        system_resolver("shop.example", lookup=_dns(set()))
    assert caught.value.errno == socket.EAI_AGAIN
