#!/bin/sh
# Runs web, worker and conductor of the Procfile on 127.0.0.1 until Ctrl-C: `sh scripts/serve.sh 8000`.
set -eu

export PATH="$PWD/.venv/bin:$PATH" WEB_HOST=127.0.0.1
echo "WebMagic serves on http://127.0.0.1:$1/ - Ctrl-C stops it."
# The settings read .env themselves; honcho would read it by other rules.
honcho --env /dev/null start --port "$1" web worker conductor || code=$?
case "${code:-0}" in 0 | 130 | 143) exit 0 ;; *) exit "$code" ;; esac
