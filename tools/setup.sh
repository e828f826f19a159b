#!/bin/sh
# Makes a virtual environment, or brings it up to date:
#
#     sh tools/setup.sh DIRECTORY NAME ARGUMENT-OF-PIP-INSTALL...
#
# By the interpreter $SETUP_PYTHON, if that is set, else by the first that will do.
#
# DIRECTORY/NAME.stamp keeps a copy of what was asked for, so that the next call
# returns at once unless the answer would differ.
set -eu

directory=$1
name=$2
shift 2
stamp=$directory/$name.stamp
recent='import sys; sys.exit(sys.version_info < (3, 11))'

# The place belongs to what was asked for: an editable installation points to it.
wanted() {
    pwd
    echo "$@"
    cat pyproject.toml
    for argument in "$@"; do
        if [ -f "$argument" ]; then cat "$argument"; fi
    done
}

works() {
    [ -x "$directory/bin/python" ] &&
        "$directory/bin/python" -c "$recent" 2>/dev/null &&
        "$directory/bin/python" -c "import pip" 2>/dev/null
}

# Prints the interpreter to use and whether it brings pip along ("ensurepip") or
# only has one of its own to lend ("pip"): Debian ships the two apart.
find_python() {
    lender=""
    for candidate in ${SETUP_PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        "$candidate" -c "$recent" 2>/dev/null || continue
        if "$candidate" -c "import venv, ensurepip" 2>/dev/null; then
            echo "$candidate ensurepip"
            return
        fi
        if [ -z "$lender" ] && "$candidate" -c "import venv, pip" 2>/dev/null; then
            lender=$candidate
        fi
        incomplete=$candidate
    done
    if [ -n "$lender" ]; then
        echo "$lender pip"
    elif [ -n "${incomplete:-}" ]; then
        echo "setup: $incomplete can make no virtual environment: its ensurepip is" \
            "missing. On Debian and Ubuntu that is the package python3-venv; any" \
            "other Python 3.11 or later on the PATH will do as well." >&2
        return 1
    else
        echo "setup: Python 3.11 or later is needed; neither python3 (here:" \
            "$(python3 --version 2>/dev/null || echo not found)), python3.11" \
            "to python3.14 nor python on the PATH is one." >&2
        return 1
    fi
}

create() {
    found=$(find_python) || exit 1
    python=${found% *}
    rm -rf "$directory"
    if [ "${found#* }" = ensurepip ]; then
        "$python" -m venv "$directory"
    else
        "$python" -m venv --without-pip "$directory"
        "$python" -m pip --python "$directory/bin/python" install --quiet pip
    fi
}

if works && wanted "$@" | cmp -s - "$stamp"; then
    exit 0
fi
echo "Setting up $directory for $name; the first time takes a minute or two."
works || create
rm -f "$stamp"
# Dependency groups came with pip 25.1; Python 3.11 brings an older one.
"$directory/bin/python" -m pip install --quiet --upgrade "pip>=25.1"
"$directory/bin/python" -m pip install --quiet "$@"
wanted "$@" >"$stamp"
