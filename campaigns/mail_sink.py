"""A mail server that takes everything and keeps nothing, as a process of its own: what the measurements send to."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

PATIENCE = 10.0  # seconds for it to start


@contextlib.contextmanager
def mail_sink() -> Iterator[int]:
    """Run one on loopback and yield its port: postfix's smtp-sink where that is installed, else the one below."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    program = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    command = [sys.executable, "-m", "campaigns.mail_sink", str(port)]
    if program:
        command = [program, "-u", "nobody", f"127.0.0.1:{port}", "1000"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as sink:  # noqa: S603 -- our own words
        try:
            _wait_for(port, sink)
            yield port
        finally:
            sink.terminate()


def _wait_for(port: int, sink: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if sink.poll() is not None or time.monotonic() > until:
            raise OSError("The mail sink did not start")
        time.sleep(0.02)


class _Session(asyncio.Protocol):
    """Answers each line; a mail is taken at its final dot."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._rest = b""
        self._takes_data = False
        self._transport = transport
        self._say(b"220 sink")

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while True:
            end = b"\r\n.\r\n" if self._takes_data else b"\r\n"
            line, found, rest = self._rest.partition(end)
            if not found:
                return
            self._rest = rest
            word = line[:4].upper()
            if self._takes_data or word != b"DATA":
                self._takes_data = False
                self._say(b"221 bye" if word == b"QUIT" else b"250 2.0.0 Ok: queued as SINK")
            else:
                self._takes_data = True
                self._rest = b"\r\n" + self._rest  # a mail may be nothing but its final dot
                self._say(b"354 go on")

    def _say(self, line: bytes) -> None:
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.write(line + b"\r\n")


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Session, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
