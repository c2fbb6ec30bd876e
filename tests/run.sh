#!/usr/bin/env bash
# All tests, one command: ./tests/run.sh
#
# Starts its own PostgreSQL and Redis (tests/services.sh), runs cargo's tests on SQLite and
# PostgreSQL, then the API fuzz (tests/api_fuzz/run.sh), which needs python3 and a connection to
# PyPI once, then the browser tests (tests/browser/run.sh), which need Chromium, Node 18 and a
# connection to the npm registry once. WENMING_SKIP_API_FUZZ=1 and WENMING_SKIP_BROWSER=1 leave
# these out; arguments go to cargo test.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${WENMING_SKIP_API_FUZZ:-}" = 1 ]; then
    echo "run.sh: WENMING_SKIP_API_FUZZ=1, so the API fuzz does NOT run" >&2
elif ! tests/api_fuzz/environment.sh >/dev/null; then
    # Found out before the long part, not after it.
    echo "run.sh: the API fuzz cannot run, see above. Cure that, or set WENMING_SKIP_API_FUZZ=1 to test without it." >&2
    exit 1
fi

if [ "${WENMING_SKIP_BROWSER:-}" = 1 ]; then
    echo "run.sh: WENMING_SKIP_BROWSER=1, so the browser tests do NOT run" >&2
elif ! tests/browser/environment.sh >/dev/null; then
    echo "run.sh: the browser tests cannot run, see above. Cure that, or set WENMING_SKIP_BROWSER=1 to test without them." >&2
    exit 1
fi

tests/services.sh cargo test --workspace --features failpoints "$@"

if [ "${WENMING_SKIP_API_FUZZ:-}" != 1 ]; then
    tests/api_fuzz/run.sh
fi

if [ "${WENMING_SKIP_BROWSER:-}" != 1 ]; then
    tests/browser/run.sh
fi
