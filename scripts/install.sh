#!/bin/sh
# Installs lock files into .venv, making it where it is missing: `sh scripts/install.sh requirements.txt ...`.
# Every package must match its hash. uv is used where it is on PATH, because it is quicker.
set -eu

python=.venv/bin/python
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then
    found=$(sh scripts/find_python.sh)
    echo "Making .venv with $("$found" -V) ..."
    rm -rf .venv
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --python "$found" .venv
    else
        "$found" -m venv .venv
    fi
fi

files=""
for file in "$@"; do files="$files -r $file"; done
echo "Installing $* ..."
# shellcheck disable=SC2086 -- a list of options
if command -v uv >/dev/null 2>&1 && uv pip install --quiet --python "$python" --require-hashes $files; then
    exit 0
fi
"$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip >/dev/null
# --no-compile: Python compiles what is used when it is used, which is half of the time here.
"$python" -m pip install -qq --no-compile --disable-pip-version-check --require-hashes $files
