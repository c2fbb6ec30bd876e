#!/usr/bin/env bash
# Throws generated requests, right and wrong ones, at every operation of the OpenAPI document of a
# running demo: no server error, and every answer as the document says.
#
#   tests/api_fuzz/run.sh [ROLE…]      default: manager admin
#
# WENMING_BIN=FILE          the program; default: the debug build
# WENMING_FUZZ_EXAMPLES=N   generated requests per operation, default 25
# WENMING_FUZZ_SEED=N       default 20261124
set -euo pipefail
cd "$(dirname "$0")/../.."

die() { echo "api_fuzz: $*" >&2; exit 1; }

roles=("$@")
[ ${#roles[@]} -gt 0 ] || roles=(manager admin)
program=${WENMING_BIN:-${CARGO_TARGET_DIR:-target}/debug/wenming}
[ -n "${WENMING_BIN:-}" ] || cargo build --quiet --bin wenming
[ -x "$program" ] || die "$program is not there"
environment=$(tests/api_fuzz/environment.sh) || die "no Python environment, see above"

work=$(mktemp -d "${TMPDIR:-/tmp}/wenming-fuzz.XXXXXX")
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

WENMING_DEMO_READY_FILE=$work/ready.json "$program" demo --listen "127.0.0.1:$port" >"$work/demo.log" 2>&1 &
demo_pid=$!
for _ in $(seq 1200); do
    [ ! -s "$work/ready.json" ] || break
    kill -0 "$demo_pid" 2>/dev/null || { tail -n 30 "$work/demo.log" >&2; die "the demo ended before it was ready"; }
    sleep 0.1
done
[ -s "$work/ready.json" ] || { tail -n 30 "$work/demo.log" >&2; die "the demo was not ready within two minutes"; }

status=0
for role in "${roles[@]}"; do
    echo "api_fuzz: as $role"
    "$environment/bin/python" tests/api_fuzz/prepare.py "$work/ready.json" "$role" "$work/$role"
    # /changes never ends, so there is nothing to wait for.
    (cd "$work/$role" && "$environment/bin/schemathesis" --config-file schemathesis.toml run \
        "http://127.0.0.1:$port/api/openapi.json" \
        --url "http://127.0.0.1:$port" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
        --phases examples,coverage,fuzzing \
        --max-examples "${WENMING_FUZZ_EXAMPLES:-25}" \
        --seed "${WENMING_FUZZ_SEED:-20261124}" \
        --generation-database none \
        --request-timeout 20 \
        --exclude-path /api/v1/changes \
        --continue-on-failure \
        --no-shrink \
        --no-color) || status=1
    kill -0 "$demo_pid" 2>/dev/null || { tail -n 30 "$work/demo.log" >&2; die "the server ended under the requests"; }
    "$environment/bin/python" tests/api_fuzz/prepare.py "$work/ready.json" --check "$work/$role" \
        || die "the token of $role no longer works: the run went against a closed door and proves nothing"
done
[ "$status" -eq 0 ] || { grep -iE '"level":"error"|ERROR|panick' "$work/demo.log" | tail -n 30 >&2 || true; die "failures, see above"; }
echo "api_fuzz: no failure"
