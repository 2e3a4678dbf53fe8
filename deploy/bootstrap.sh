#!/bin/sh
# Make .venv from uv.lock on a machine that has Python 3.11 or newer and make, and nothing else.
# Run again it only looks whether something changed.
set -eu
cd "$(dirname "$0")/.."

oldest_uv="0.9"

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14 python; do
        if [ -n "$candidate" ] && is_new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

# A uv that is older than the lock file's format is as good as none.
is_usable_uv() {
    found=$("$1" --version 2>/dev/null | sed -n 's/^uv \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
    [ -n "$found" ] || return 1
    set -- $found $(printf '%s' "$oldest_uv" | tr . ' ')
    [ "$1" -gt "$3" ] || { [ "$1" -eq "$3" ] && [ "$2" -ge "$4" ]; }
}

find_uv() {
    for candidate in "${UV:-}" uv .data/uv/bin/uv; do
        if [ -n "$candidate" ] && is_usable_uv "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

# Debian splits venv and pip off Python, and forbids pip outside a venv (PEP 668); --target is allowed.
install_uv() {
    rm -rf .data/uv
    if "$python" -m venv .data/uv >/dev/null 2>&1; then
        .data/uv/bin/python -m pip install --quiet --disable-pip-version-check --no-input "uv>=$oldest_uv"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        rm -rf .data/uv
        "$python" -m pip install --quiet --disable-pip-version-check --no-input \
            --target .data/uv "uv>=$oldest_uv"
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        rm -rf .data/uv
        say "  installing python3-venv with apt-get"
        DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv \
            </dev/null >/dev/null
        "$python" -m venv .data/uv
        .data/uv/bin/python -m pip install --quiet --disable-pip-version-check --no-input "uv>=$oldest_uv"
    else
        rm -rf .data/uv
        fail "This Python has neither venv nor pip, so uv cannot be installed.
Mend it with:  sudo apt-get install -y python3-venv     (or install uv yourself)"
    fi
}

# The environment is right when it was made from exactly these two files.
wanted=$(cat pyproject.toml uv.lock | cksum)
if [ -x .venv/bin/python ] && is_new_enough .venv/bin/python \
    && [ "$(cat .venv/made-from 2>/dev/null || true)" = "$wanted" ]; then
    exit 0
fi

mkdir -p .data
python=$(find_python)
[ -n "$python" ] || fail "Fenglu needs Python 3.11 or newer, and none was found.
Mend it with:  sudo apt-get install -y python3 python3-venv     (or set PYTHON=/path/to/python3)"

uv=$(find_uv)
if [ -z "$uv" ]; then
    say "Installing uv from PyPI into .data/uv"
    install_uv
    uv=$(find_uv)
    [ -n "$uv" ] || fail "uv was installed into .data/uv but does not run."
fi

say "Making .venv from uv.lock ($("$uv" --version), $("$python" --version))"
export UV_PYTHON_DOWNLOADS=never
set -- sync --frozen --quiet
if ! [ -x .venv/bin/python ] || ! is_new_enough .venv/bin/python; then
    set -- "$@" --python "$(command -v "$python")"
fi
# uv brings certificates of its own. Behind a company's proxy only the machine's are right; on a very bare machine
# there are none, so they come second.
if ! "$uv" "$@"; then
    say "Once more, with the certificates of this machine"
    UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 "$uv" "$@"
fi
printf '%s\n' "$wanted" >.venv/made-from
