#!/bin/sh
# The judges of pages that are not Python: the Nu checker and axe, from npm, into var/judges. What cannot be had is
# left out with one line: the run that needs it says so too.
set -eu
VNU=26.9.27
AXE=4.14.1
folder=var/judges
mkdir -p "$folder"
command -v npm >/dev/null 2>&1 || { echo "npm is not installed: the Nu checker and axe are left out." >&2; exit 0; }
for package in "vnu-jar@$VNU" "axe-core@$AXE"; do
    name=${package%@*}
    [ -f "$folder/$name-${package#*@}/package.json" ] && continue
    if (cd "$folder" && npm pack --silent "$package" >/dev/null 2>&1); then
        mkdir -p "$folder/$name-${package#*@}"
        tar -xzf "$folder/$name-${package#*@}.tgz" -C "$folder/$name-${package#*@}" --strip-components=1
        rm "$folder/$name-${package#*@}.tgz"
    else
        echo "$package could not be fetched and is left out." >&2
    fi
done
