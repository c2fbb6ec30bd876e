#!/usr/bin/env bash
# The benchmark, one command: benches/run.sh [RESULT_FILE]
#
# Starts a private PostgreSQL, loads the data, measures our server over HTTP beside hand-written
# statements under pgbench, the same on SQLite, reads beside a bare axum, start and memory; prints
# ratios of this one run. About ten minutes on two cores; every process shares them.
#
# WENMING_BENCH_SECONDS      per measurement, default 8
# WENMING_BENCH_VILLAGES     default 10000, of 100 households
# WENMING_BENCH_ONLY         part of the measurements: any of "postgres sqlite reads start", default all
# WENMING_BIN                the program; default: a release build
# WENMING_SERVE_ARGUMENTS    added to wenming serve
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

if [ -z "${WENMING_BENCH_INSIDE:-}" ]; then
    export WENMING_BENCH_INSIDE=1 WENMING_TEST_POSTGRES_CONF=$root/benches/postgresql.conf
    exec tests/services.sh benches/run.sh "$@"
fi

die() { echo "benches/run.sh: $*" >&2; exit 1; }
say() { printf '%5d s  %s\n' "$SECONDS" "$*" >&2; }

seconds=${WENMING_BENCH_SECONDS:-8}
villages=${WENMING_BENCH_VILLAGES:-10000}
sqlite_villages=$((villages < 1000 ? villages : 1000))
only=${WENMING_BENCH_ONLY:-postgres sqlite reads start}
connections_tried="1 16 64 256"
today=$(date -u +%F)

say "building"
built=$(cargo build --release --bin wenming --bench load --bench hello --bench sqlite_anchor \
    --message-format=json-render-diagnostics)
executable() {
    # The last line for that target; cargo names bench programs with a hash.
    sed -n 's/.*"name":"'"$1"'".*"executable":"\([^"]*\)".*/\1/p' <<<"$built" | tail -n 1
}
load=$(executable load) hello=$(executable hello) sqlite_anchor=$(executable sqlite_anchor)
program=${WENMING_BIN:-$(executable wenming)}
for file in "$load" "$hello" "$sqlite_anchor" "$program"; do
    [ -x "$file" ] || die "a program of the benchmark was not built"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/wenming-bench.XXXXXX")
results=${1:-$work/results}
# Keys of this run alone; one caller sends everything, so that no limit may hold it back.
export WENMING_SECRETS__PEPPER_FILE=$work/pepper WENMING_SECRETS__SIGNING_KEY_FILE=$work/signing-key
export WENMING_LIMITS__WRITES_PER_MINUTE=0 WENMING_LIMITS__READS_PER_MINUTE=0 WENMING_LIMITS__PIN_PER_MINUTE=0
: >"$results"
server_pid=''
stop_server() {
    [ -n "$server_pid" ] || return 0
    kill -TERM "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=''
}
trap 'stop_server; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
case $(stat -f -c %T "$work") in
    tmpfs|ramfs) echo "benches/run.sh: $work is in memory, so nothing is durable; set TMPDIR to a folder on a disk" >&2 ;;
esac

free_port() {
    local port
    for _ in $(seq 100); do
        port=$((15000 + (RANDOM * 32768 + RANDOM) % 17000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
    done
    die "no free port found on 127.0.0.1"
}

# start_server NAME COMMAND…: runs it and waits until its port answers.
start_server() {
    "${@:2}" >"$work/$1.log" 2>&1 &
    server_pid=$!
    for _ in $(seq 600); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
        kill -0 "$server_pid" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 30 "$work/$1.log" >&2
    die "$1 does not start; its log is above"
}

# measure LABEL MODE ARGUMENT…: one line "LABEL name=value …" into the results.
measure() {
    local label=$1 output
    shift
    output=$("$load" run "$@" --address "127.0.0.1:$port" --token "$token" --seconds "$seconds" \
        --occurred-on "$today" "${pin[@]}" --watch "server:$server_pid" "${watch_postgres[@]}") || true
    sed "s/^/$label /" <<<"$output" >>"$results"
    say "$label $(head -n 1 <<<"$output" | cut -d ' ' -f 1,2,4,5,8)"
    sed -n '2,$s/^/        /p' <<<"$output" >&2
}

anchor() {
    benches/anchor/run.sh "$WENMING_TEST_POSTGRES" "$seconds" "$@" | while read -r line; do
        say "$line"
        echo "$line" >>"$results"
    done
    export WENMING_ANCHOR_KEEP=1
}

# create_data URL VILLAGES: bench-load prints JSON with the token and codes; sets token and pin.
create_data() {
    local data
    say "loading $2 villages into ${1%%:*}"
    data=$("$program" bench-load --database "$1" --villages "$2" --households 100) || die "bench-load failed"
    text() { sed -n 's/.*"'"$1"'" *: *"\([^"]*\)".*/\1/p' <<<"$data" | tail -n 1; }
    token=$(text token)
    [ -n "$token" ] || die "bench-load printed no token: $data"
    pin=()
    [ -z "$(text pin)" ] || pin=(--pin "$(text pin)")
}

serve() {
    port=$(free_port)
    # shellcheck disable=SC2086
    start_server "$1" "$program" serve --listen "127.0.0.1:$port" --database "$2" ${WENMING_SERVE_ARGUMENTS:-}
}

# writes PREFIX VILLAGES: awards, sheets and redemptions against the running server.
writes() {
    local connections
    for connections in $connections_tried; do
        measure "$1award_spread" award --connections "$connections" --villages "$2"
    done
    for connections in $connections_tried; do
        measure "$1award_hot" award --connections "$connections" --villages 1
    done
    # Villages of 500 households follow the others.
    for connections in 1 4; do
        measure "$1sheet" sheet --connections "$connections" --first-village $(($2 + 1)) --villages 10
    done
    for connections in $connections_tried; do
        measure "$1redemption_spread" redeem --connections "$connections" --villages "$2" --households 5
    done
    measure "$1redemption_hot" redeem --connections 256 --villages 1 --households 5
}

token='' pin=() watch_postgres=()
database="${WENMING_TEST_POSTGRES%/*}/wenming_bench"
if [[ $only == *postgres* || $only == *reads* || $only == *start* ]]; then
    psql -qX -v ON_ERROR_STOP=1 "$WENMING_TEST_POSTGRES" -c 'create database wenming_bench'
    create_data "$database" "$villages"
fi

if [[ $only == *postgres* ]]; then
    # Anchors before and between ours, so that both meet the same minutes.
    export WENMING_BENCH_VILLAGES=$villages
    anchor award award_hot
    watch_postgres=(--watch "postgres:$WENMING_TEST_POSTGRES_PID")
    serve postgres "$database"
    writes '' "$villages"
    stop_server
    watch_postgres=()
    anchor redemption
    WENMING_ANCHOR_CLIENTS="8 16 32" anchor award_bare redemption_bare
fi

if [[ $only == *reads* ]]; then
    watch_postgres=(--watch "postgres:$WENMING_TEST_POSTGRES_PID")
    serve reads "$database"
    for connections in 1 64; do measure balance balance --connections "$connections" --threads 2 --villages "$villages"; done
    stop_server
    watch_postgres=()
    port=$(free_port)
    start_server hello "$hello" --listen "127.0.0.1:$port"
    for connections in 1 64; do measure hello balance --connections "$connections" --threads 2; done
    stop_server
fi

if [[ $only == *start* ]]; then
    port=$(free_port)
    for kind in postgres sqlite; do
        url=$database
        [ "$kind" = postgres ] || url=sqlite:$work/start.sqlite
        # shellcheck disable=SC2086
        line=$("$load" start --address "127.0.0.1:$port" -- "$program" serve --listen "127.0.0.1:$port" \
            --database "$url" ${WENMING_SERVE_ARGUMENTS:-} 2>"$work/start.log") \
            || { tail -n 30 "$work/start.log" >&2; die "the server does not start on $kind"; }
        say "start_$kind $line"
        echo "start_$kind $line" >>"$results"
    done
fi

if [[ $only == *sqlite* ]]; then
    "$sqlite_anchor" --file "$work/anchor.sqlite" --seconds "$seconds" --villages "$sqlite_villages" \
        | tee -a "$results" >&2
    create_data "sqlite:$work/bench.sqlite" "$sqlite_villages"
    serve sqlite "sqlite:$work/bench.sqlite"
    # Spread only: with one writer a hot village is no other case.
    for connections in $connections_tried; do
        measure sqlite_award_spread award --connections "$connections" --villages "$sqlite_villages"
    done
    measure sqlite_sheet sheet --connections 1 --first-village $((sqlite_villages + 1)) --villages 10
    for connections in 1 256; do
        measure sqlite_redemption_spread redeem --connections "$connections" --villages "$sqlite_villages" --households 5
    done
    stop_server
fi

say "done"
awk -f benches/table.awk "$results"
