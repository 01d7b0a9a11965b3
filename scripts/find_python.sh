#!/bin/sh
# Prints the path of a Python >= 3.12 that can make environments; else says what to install, and fails.
# Each candidate is run: a pyenv shim, for one, stands on PATH for versions that it then refuses to start.

suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; }
makes_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 || command -v uv >/dev/null 2>&1; }

bare=""
pyenv="${PYENV_ROOT:-$HOME/.pyenv}/versions"
for candidate in "${PYTHON:-}" python3.13 python3.12 python3.14 python3 python \
    "$pyenv"/3.13*/bin/python "$pyenv"/3.12*/bin/python "$pyenv"/3.14*/bin/python \
    /opt/homebrew/bin/python3 /usr/local/bin/python3 \
    "$HOME"/.local/share/uv/python/cpython-3.1[2-4]*/bin/python3; do
    [ -n "$candidate" ] && suits "$candidate" || continue
    if makes_environments "$candidate"; then
        exec "$candidate" -c 'import sys; print(sys.executable)'
    fi
    bare=$candidate
done

if [ -n "$bare" ]; then
    echo "$bare is new enough, but cannot make environments. On Debian and Ubuntu: apt install python3-venv" >&2
    exit 1
fi
found=$(python3 -V 2>&1) || found="no Python at all"
cat >&2 <<END
WebMagic needs Python 3.12 or newer; this machine has $found. Install one of:
  Debian 13, Ubuntu 24.04 and newer:  apt install python3 python3-venv
  macOS:                              brew install python@3.13
  anything else:                      pyenv install 3.13
Where it lies in an unusual place:    make PYTHON=/path/to/python3.13 ...
END
exit 1
