#!/usr/bin/env bash
# Browser tests against a demo of its own on loopback.
#
#   tests/browser/run.sh              all tests/browser/*.test.mjs
#   tests/browser/run.sh COMMAND…     a command beside the demo instead, run in tests/browser, for example
#                                     tests/browser/run.sh node screenshots.mjs /tmp/shots
#
# The command sees WENMING_DEMO_READY_FILE (address, logins, household) and CHROMIUM.
# WENMING_BIN=FILE      the program; default: the debug build
# WENMING_SHOTS=FOLDER  where pictures of failed tests go; default: none are made
set -euo pipefail
cd "$(dirname "$0")/../.."

die() { echo "browser: $*" >&2; exit 1; }

program=${WENMING_BIN:-${CARGO_TARGET_DIR:-target}/debug/wenming}
[ -n "${WENMING_BIN:-}" ] || cargo build --quiet --features failpoints --bin wenming
[ -x "$program" ] || die "$program is not there"
CHROMIUM=$(tests/browser/environment.sh) || die "cannot run, see above"
export CHROMIUM
# The command runs in another folder.
[ -z "${WENMING_SHOTS:-}" ] || WENMING_SHOTS=$(realpath -m "$WENMING_SHOTS")

work=$(mktemp -d "${TMPDIR:-/tmp}/wenming-browser.XXXXXX")
demo_pid=''
stop() {
    if [ -n "$demo_pid" ]; then
        kill -TERM "$demo_pid" 2>/dev/null || true
        wait "$demo_pid" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for _ in $(seq 100); do
    port=$((15000 + (RANDOM * 32768 + RANDOM) % 17000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
done

export WENMING_DEMO_READY_FILE=$work/ready.json
# The demo keeps its database in a folder under TMPDIR.
TMPDIR=$work "$program" demo --listen "127.0.0.1:$port" >"$work/demo.log" 2>&1 &
demo_pid=$!
for _ in $(seq 1200); do
    [ ! -s "$work/ready.json" ] || break
    kill -0 "$demo_pid" 2>/dev/null || { tail -n 30 "$work/demo.log" >&2; die "the demo ended before it was ready"; }
    sleep 0.1
done
[ -s "$work/ready.json" ] || { tail -n 30 "$work/demo.log" >&2; die "the demo was not ready within two minutes"; }

cd tests/browser
[ $# -gt 0 ] || set -- node --test --test-reporter=spec ./*.test.mjs
status=0
"$@" || status=$?
kill -0 "$demo_pid" 2>/dev/null || { tail -n 30 "$work/demo.log" >&2; die "the server ended under the tests"; }
[ "$status" -eq 0 ] || { grep -iE 'ERROR|panick' "$work/demo.log" | tail -n 30 >&2 || true; die "failures, see above"; }
