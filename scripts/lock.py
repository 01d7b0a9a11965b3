"""Resolve requirements*.in into requirements*.txt with hashes, for every platform and Python >= 3.12.

    python scripts/lock.py [--upgrade]     write the lock files (needs the package index)
    python scripts/lock.py --check         only tell whether they belong to the .in files

Each lock file begins with the hash of what it was made from, so that the check needs no network.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What a lock file is made from, in the order in which they must be made.
SOURCES = {
    "requirements.txt": ["requirements.in"],
    "requirements-dev.txt": ["requirements-dev.in", "requirements.in"],
}


def head(sources: list[str]) -> str:
    """Return the first line of a lock file made from `sources`."""
    digest = hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in sources)).hexdigest()
    return f"# Made by `make lock` from {', '.join(sources)} ({digest})"


def outdated() -> list[str]:
    """Return the lock files that were not made from the .in files as they are."""
    return [name for name, sources in SOURCES.items() if first_line(ROOT / name) != head(sources)]


def first_line(path: Path) -> str:
    """Return the first line of a file; empty where there is none."""
    return path.read_text().partition("\n")[0] if path.exists() else ""


def lock(name: str, sources: list[str], options: list[str]) -> None:
    """Write one lock file; versions that still fit are kept, unless `options` ask for the newest."""
    command = [
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version",
        "3.12",
        "--generate-hashes",
    ]
    command += ["--no-header", *options, sources[0], "--output-file", name]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    path = ROOT / name
    path.write_text(f"{head(sources)}\n{path.read_text()}")


def main(arguments: list[str]) -> int:
    """Run the command line `arguments`; returns the exit code."""
    if arguments == ["--check"]:
        for name in outdated():
            sys.stderr.write(f"{name} was not made from {SOURCES[name][0]} as it is. Run `make lock`.\n")
        return 1 if outdated() else 0
    for name, sources in SOURCES.items():
        lock(name, sources, arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
