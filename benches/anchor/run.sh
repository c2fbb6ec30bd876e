#!/usr/bin/env bash
# The anchors: the best that hand-written single statements reach under pgbench.
#   benches/anchor/run.sh postgres://… SECONDS [STATEMENT…]      award award_hot award_bare redemption redemption_bare
# Prints one line per measurement: anchor award clients=16 tps=13000.0 latency_ms=1.230
# Makes a database "anchor" on that server anew, unless WENMING_ANCHOR_KEEP=1.
set -euo pipefail
cd "$(dirname "$0")"

url=${1:?the address of a PostgreSQL server: postgres://user@host:port/postgres}
seconds=${2:?seconds per measurement}
shift 2
statements=("$@")
[ ${#statements[@]} -gt 0 ] || statements=(award award_hot award_bare redemption redemption_bare)
villages=${WENMING_BENCH_VILLAGES:-10000}
households=${WENMING_BENCH_HOUSEHOLDS:-100}
clients_tried=${WENMING_ANCHOR_CLIENTS:-1 4 8 16 32 64}
command -v pgbench >/dev/null || { echo "pgbench is missing. On Debian: apt-get install postgresql" >&2; exit 1; }

database="${url%/*}/anchor"
if [ "${WENMING_ANCHOR_KEEP:-}" != 1 ]; then
    PGOPTIONS='-c client_min_messages=warning' psql -qX -v ON_ERROR_STOP=1 "$url" -c 'drop database if exists anchor' -c 'create database anchor'
    PGOPTIONS='-c client_min_messages=warning' psql -qX -v ON_ERROR_STOP=1 \
        -v villages="$villages" -v households="$households" -f schema.sql "$database"
    # The first seconds after a load go to writing it back, which says nothing about a statement.
    pgbench -n -M prepared -f award.sql -c 8 -j 2 -T 3 -D villages="$villages" -D households="$households" \
        "$database" >/dev/null 2>&1
fi

for statement in "${statements[@]}"; do
    for clients in $clients_tried; do
        threads=$((clients < 2 ? clients : 2))
        output=$(pgbench -n -M prepared -f "$statement.sql" -c "$clients" -j "$threads" -T "$seconds" \
            --max-tries=10 -D villages="$villages" -D households="$households" "$database" 2>&1) \
            || { echo "$output" >&2; exit 1; }
        awk -v name="$statement" -v clients="$clients" '
            /^latency average/ { latency = $4 }
            /^tps/ { tps = $3 }
            END { if (tps == "") exit 1; printf "anchor %s clients=%s tps=%.1f latency_ms=%s\n", name, clients, tps, latency }
        ' <<<"$output"
    done
done
