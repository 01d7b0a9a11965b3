"""Fail with one clear line when a port of this machine is taken: `python scripts/check_port.py 8000`."""

import os
import socket
import sys

port = sys.argv[1]
if not port.isdecimal() or not 0 < int(port) < 65536:
    sys.exit(f"PORT={port} is no port. Example: make run PORT=8001")
try:
    socket.create_server(("127.0.0.1", int(port))).close()
except OSError as error:
    sys.exit(
        f"Port {port} of 127.0.0.1 cannot be used ({os.strerror(error.errno or 0)}). "
        f"Stop what runs there, or choose another: make run PORT={int(port) + 1}"
    )
