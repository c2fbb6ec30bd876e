#!/usr/bin/env bash
# Makes the Python environment of the API fuzz and prints its folder.
# A virtual environment under target/, made again only when requirements.txt changes.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The absolute path, since a cargo target folder may be shared and elsewhere.
environment=$(realpath -m "${CARGO_TARGET_DIR:-target}")/api-fuzz-environment
requirements=tests/api_fuzz/requirements.txt

if ! cmp -s "$requirements" "$environment/installed.txt"; then
    command -v python3 >/dev/null || { echo "python3 is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }
    rm -rf "$environment"
    python3 -m venv "$environment" >&2 \
        || { echo "python3 cannot make a virtual environment. On Debian: apt-get install python3-venv" >&2; exit 1; }
    "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2 \
        || { echo "the packages of $requirements cannot be installed; is there a connection to PyPI?" >&2; exit 1; }
    cp "$requirements" "$environment/installed.txt"
fi
echo "$environment"
