# Turns the lines of benches/run.sh into tables with ratios.
# Ours: "award_spread connections=64 rate=… p50_us=…"; anchors: "anchor award clients=16 tps=…".

function field(name,    i, pair) {
    for (i = 1; i <= NF; i++) {
        split($i, pair, "=")
        if (pair[1] == name) return pair[2]
    }
    return ""
}

$1 == "anchor" {
    tps = field("tps") + 0
    if (field("clients") == 1) alone[$2] = tps
    if (tps > best[$2]) { best[$2] = tps; clients[$2] = field("clients") }
    next
}
$2 == "failed" { failures[++failed] = $0; next }
/connections=/ {
    key = $1 "/" field("connections")
    rate[key] = field("rate"); units[key] = field("units_rate")
    p50[key] = field("p50_us"); p99[key] = field("p99_us")
    cpu[key] = field("server_us") " | " field("postgres_us") " | " field("load_us")
    order[++count] = key
    next
}
/start_us=/ { started[$1] = field("start_us"); idle[$1] = field("idle_kib") }

function goal(what, value, unit, limit, at_most) {
    if (value == "") return
    if (limit == "") { printf "| %s | %.2f%s | – | |\n", what, value, unit; return }
    met = at_most ? value <= limit : value >= limit
    printf "| %s | %.2f%s | %s %s%s | %s |\n", what, value, unit, at_most ? "≤" : "≥", limit, unit, met ? "met" : "MISSED"
}
function ratio(over, under) { return over == "" || under + 0 == 0 ? "" : over / under }

END {
    print "\n| best of the anchor | clients | per second |\n|---|---|---|"
    n = split("award award_bare award_hot redemption redemption_bare sqlite_award sqlite_redemption", names, " ")
    for (i = 1; i <= n; i++) if (names[i] in best)
        printf "| %s | %s | %d |\n", names[i], clients[names[i]], best[names[i]]

    anchor_of["award_spread"] = "award"; anchor_of["award_hot"] = "award_hot"; anchor_of["sheet"] = "award"
    anchor_of["redemption_spread"] = "redemption"; anchor_of["redemption_hot"] = "redemption"
    anchor_of["sqlite_award_spread"] = "sqlite_award"; anchor_of["sqlite_sheet"] = "sqlite_award"
    anchor_of["sqlite_redemption_spread"] = "sqlite_redemption"
    print "\n| ours | connections | per second | p50 ms | p99 ms | to the best anchor | µs each: server | PostgreSQL | load |"
    print "|---|---|---|---|---|---|---|---|---|"
    for (i = 1; i <= count; i++) {
        key = order[i]; split(key, part, "/")
        against = ratio(units[key], best[anchor_of[part[1]]])
        printf "| %s | %s | %d | %.2f | %.2f | %s | %s |\n", part[1], part[2], units[key], \
            p50[key] / 1000, p99[key] / 1000, against == "" ? "" : sprintf("%.2f", against), cpu[key]
    }

    print "\n| goal | measured | limit | |\n|---|---|---|---|"
    goal("award, 256 connections, to the best anchor", ratio(rate["award_spread/256"], best["award"]), "", 1.5)
    goal("the same to the bare anchor", ratio(rate["award_spread/256"], best["award_bare"]), "", "")
    goal("award in a hot village, 256, to the best hot anchor", ratio(rate["award_hot/256"], best["award_hot"]), "", 5)
    goal("hot village to spread, 256", ratio(rate["award_hot/256"], rate["award_spread/256"]), "", 1)
    goal("redemption, 256, to the best anchor", ratio(rate["redemption_spread/256"], best["redemption"]), "", 1.5)
    sheets = units["sheet/1"] > units["sheet/4"] ? units["sheet/1"] : units["sheet/4"]
    goal("sheet of 500, awards per second", sheets, "", 30000)
    goal("one award on an idle server, time to the bare statement's", ratio(alone["award"], rate["award_spread/1"]), "", 3, 1)
    goal("balance, 64 connections, to axum hello-world", ratio(rate["balance/64"], rate["hello/64"]), "", 0.6)
    goal("start, PostgreSQL", ratio(started["start_postgres"], 1000), " ms", 100, 1)
    goal("start, SQLite", ratio(started["start_sqlite"], 1000), " ms", 100, 1)
    goal("idle memory, PostgreSQL", ratio(idle["start_postgres"], 1024), " MiB", 50, 1)
    goal("idle memory, SQLite", ratio(idle["start_sqlite"], 1024), " MiB", 50, 1)
    goal("SQLite award, 256, to one commit each", ratio(rate["sqlite_award_spread/256"], best["sqlite_award"]), "", "")
    goal("SQLite redemption, 256, to one commit each", ratio(rate["sqlite_redemption_spread/256"], best["sqlite_redemption"]), "", "")

    if (failed) print "\nanswers other than 2xx:"
    for (i = 1; i <= failed; i++) print failures[i]
}
