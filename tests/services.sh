#!/usr/bin/env bash
# Runs a command beside a private PostgreSQL and Redis, and stops both afterwards:
#   tests/services.sh cargo test
#
# The command sees
#   WENMING_TEST_POSTGRES      postgres://postgres@127.0.0.1:PORT/postgres (no password, may create databases)
#   WENMING_TEST_POSTGRES_PID  process id of the postmaster
#   WENMING_TEST_REDIS         redis://127.0.0.1:PORT/
#   WENMING_TEST_REDIS_SERVER  path of redis-server, for tests that kill or freeze one of their own
# and the PostgreSQL programs of the same version first in PATH.
#
# WENMING_TEST_POSTGRES_CONF=FILE is read after the defaults (benches/run.sh uses it).
# Nothing of an installed PostgreSQL or Redis service is touched: own folder, own ports.
set -euo pipefail

die() { echo "services.sh: $*" >&2; exit 1; }

[ $# -gt 0 ] || die "give the command to run, for example: tests/services.sh cargo test"

# --- the programs -----------------------------------------------------------------------------

postgres_folder() {
    local folder version best='' best_version=14
    for folder in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin "$(dirname "$(command -v initdb || echo /)")"; do
        [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] || continue
        version=$("$folder/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
        if [ "$version" -gt "$best_version" ]; then best=$folder best_version=$version; fi
    done
    [ -n "$best" ] && echo "$best"
}

pg_bin=$(postgres_folder) || die "PostgreSQL 15 or newer is missing (initdb, postgres). On Debian: apt-get install postgresql"
redis_server=$(command -v redis-server) || die "redis-server is missing. On Debian: apt-get install redis-server"

# PostgreSQL refuses to run as root.
as_postgres=()
owner=''
if [ "$(id -u)" -eq 0 ]; then
    for owner in postgres nobody; do id "$owner" >/dev/null 2>&1 && break; done
    id "$owner" >/dev/null 2>&1 || die "PostgreSQL must not run as root and there is no user postgres or nobody"
    command -v setpriv >/dev/null || die "setpriv is missing. On Debian: apt-get install util-linux"
    as_postgres=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --init-groups)
fi

# --- start and stop ---------------------------------------------------------------------------

dir=$(mktemp -d "${TMPDIR:-/tmp}/wenming-services.XXXXXX")
mkdir "$dir/pg" "$dir/redis"
postgres_pid='' redis_pid=''

stop() {
    # INT is PostgreSQL's fast shutdown: sessions are dropped, data stays whole.
    [ -z "$postgres_pid" ] || kill -INT "$postgres_pid" 2>/dev/null || true
    [ -z "$redis_pid" ] || kill -TERM "$redis_pid" 2>/dev/null || true
    [ -z "$postgres_pid" ] || wait "$postgres_pid" 2>/dev/null || true
    [ -z "$redis_pid" ] || wait "$redis_pid" 2>/dev/null || true
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Below the range from which the kernel hands out ports to outgoing connections.
free_port() {
    local port
    for _ in $(seq 100); do
        port=$((15000 + (RANDOM * 32768 + RANDOM) % 17000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
    done
    die "no free port found on 127.0.0.1"
}

start_postgres() {
    local attempt
    for attempt in 1 2 3; do
        postgres_port=$(free_port)
        "${as_postgres[@]}" "$pg_bin/postgres" -D "$dir/pg/data" -p "$postgres_port" -k "$socket_dir" \
            >>"$dir/pg/log" 2>&1 &
        postgres_pid=$!
        for _ in $(seq 300); do
            if "$pg_bin/pg_isready" -q -h 127.0.0.1 -p "$postgres_port"; then return; fi
            kill -0 "$postgres_pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -INT "$postgres_pid" 2>/dev/null || true
        wait "$postgres_pid" 2>/dev/null || true
        postgres_pid=''
        echo "services.sh: PostgreSQL did not start on port $postgres_port (attempt $attempt)" >&2
    done
    tail -n 20 "$dir/pg/log" >&2
    die "PostgreSQL does not start; its log is above"
}

start_redis() {
    local attempt
    for attempt in 1 2 3; do
        redis_port=$(free_port)
        "$redis_server" --port "$redis_port" --bind 127.0.0.1 --dir "$dir/redis" --save '' --appendonly no \
            >>"$dir/redis/log" 2>&1 &
        redis_pid=$!
        for _ in $(seq 100); do
            if (exec 3<>"/dev/tcp/127.0.0.1/$redis_port") 2>/dev/null; then return; fi
            kill -0 "$redis_pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -TERM "$redis_pid" 2>/dev/null || true
        wait "$redis_pid" 2>/dev/null || true
        redis_pid=''
        echo "services.sh: redis-server did not start on port $redis_port (attempt $attempt)" >&2
    done
    tail -n 20 "$dir/redis/log" >&2
    die "redis-server does not start; its log is above"
}

if [ -n "$owner" ]; then chown "$owner" "$dir/pg"; chmod 755 "$dir"; fi
# C with UTF-8 sorts the same on every machine, whatever locales are installed.
(cd "$dir/pg" && "${as_postgres[@]}" "$pg_bin/initdb" -k -D "$dir/pg/data" -U postgres --auth=trust \
    --no-locale --encoding=UTF8 >"$dir/pg/initdb.log" 2>&1) \
    || { cat "$dir/pg/initdb.log" >&2; die "initdb failed; its output is above"; }
{
    echo "listen_addresses = '127.0.0.1'"
    echo "fsync = on"
    echo "max_connections = 100"
    [ -z "${WENMING_TEST_POSTGRES_CONF:-}" ] || cat "$WENMING_TEST_POSTGRES_CONF"
} >>"$dir/pg/data/postgresql.conf"

# A socket's path may have 107 bytes; a deep TMPDIR would exceed that, and TCP is enough for us.
socket_dir=$dir/pg
[ ${#socket_dir} -le 80 ] || socket_dir=''

start_postgres
start_redis

export WENMING_TEST_POSTGRES="postgres://postgres@127.0.0.1:$postgres_port/postgres"
export WENMING_TEST_POSTGRES_PID=$postgres_pid
export WENMING_TEST_REDIS="redis://127.0.0.1:$redis_port/"
export WENMING_TEST_REDIS_SERVER=$redis_server
export PATH="$pg_bin:$PATH"

status=0
"$@" || status=$?
exit "$status"
