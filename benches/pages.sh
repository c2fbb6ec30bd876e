#!/usr/bin/env bash
# How long pages take on the server: benches/pages.sh
#
# The demo's year in 36 villages of 490 households, on SQLite and on PostgreSQL; then GET /home as a
# household and GET /town as the township's officer, one after the other on one connection: the time
# to the first byte, in milliseconds. `first` is the first answer after the start, which adds up
# every journal; `after` is the one that follows a new entry.
#
# WENMING_BENCH_REQUESTS     of each page, default 500
# WENMING_BENCH_VILLAGES     default 36; WENMING_BENCH_HOUSEHOLDS default 490
# WENMING_BIN                the program; default: a release build
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${WENMING_BENCH_INSIDE:-}" ]; then
    export WENMING_BENCH_INSIDE=1 WENMING_TEST_POSTGRES_CONF=$PWD/benches/postgresql.conf
    exec tests/services.sh benches/pages.sh "$@"
fi

die() { echo "benches/pages.sh: $*" >&2; exit 1; }

requests=${WENMING_BENCH_REQUESTS:-500}
[ -n "${WENMING_BIN:-}" ] || cargo build --quiet --release --bin wenming
program=${WENMING_BIN:-${CARGO_TARGET_DIR:-target}/release/wenming}
work=$(mktemp -d "${TMPDIR:-/tmp}/wenming-pages.XXXXXX")
server=''
stop() {
    [ -n "$server" ] || return 0
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=''
}
trap 'stop; rm -rf "$work"' EXIT

told() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' "$work/ready.json"; }

session() { curl -sf "$address/api/v1/$1" -H 'Content-Type: application/json' -d "$2" | sed 's/.*"token":"\([^"]*\)".*/\1/'; }

# times NAME PATH TOKEN COUNT: one line with the median and the 99th percentile.
times() {
    curl -s -o /dev/null -b "sid=$3" -w '%{http_code} %{time_starttransfer}\n' "$address$2?[1-$4]" | sort -k 2 -n |
        awk -v name="$1" '
            $1 != 200 { print "benches/pages.sh: " name " answers " $1 > "/dev/stderr"; exit 1 }
            { t[NR] = $2 * 1000 }
            END { if (NR) printf "%s p50_ms=%.1f p99_ms=%.1f n=%d\n", name, t[int((NR + 1) / 2)], t[int(NR * 0.99 + 0.99)], NR }'
}

measure() {
    local kind=$1 url=$2 household officer recorder
    rm -f "$work/ready.json"
    WENMING_DEMO_READY_FILE=$work/ready.json TMPDIR=$work "$program" demo --listen 127.0.0.1:0 --database "$url" \
        --villages "${WENMING_BENCH_VILLAGES:-36}" --households "${WENMING_BENCH_HOUSEHOLDS:-490}" >"$work/log" 2>&1 &
    server=$!
    while [ ! -s "$work/ready.json" ]; do
        kill -0 "$server" 2>/dev/null || { tail -n 30 "$work/log" >&2; die "the demo ended before it was ready"; }
        sleep 0.2
    done
    address=$(told address)
    household=$(session household-session "{\"card\":\"$(told card)\",\"pin\":\"$(told pin)\"}")
    officer=$(session session '{"username":"officer","password":"demo-tianzhao-2026"}')
    recorder=$(session session '{"username":"recorder","password":"demo-tianzhao-2026"}')
    [ -n "$household" ] && [ -n "$officer" ] || die "nobody can sign in"
    times "${kind}_town_first" /town "$officer" 1
    times "${kind}_home" /home "$household" "$requests"
    times "${kind}_town" /town "$officer" "$requests"
    curl -sf -o /dev/null "$address/api/v1/villages/$(told village)/awards" -H "Authorization: Bearer $recorder" \
        -H 'Content-Type: application/json' -H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
        -d "{\"rule\":\"WS02\",\"household\":\"010009\",\"quantity\":1,\"occurred_on\":\"$(TZ=Asia/Shanghai date +%F)\"}"
    times "${kind}_town_after" /town "$officer" 1
    stop
}

measure sqlite "sqlite:$work/pages.sqlite"
psql -qX "$WENMING_TEST_POSTGRES" -c 'create database wenming_pages'
measure postgres "${WENMING_TEST_POSTGRES%/*}/wenming_pages"
