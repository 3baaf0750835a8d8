#!/usr/bin/env bash
# How fast `walwire tail` turns a backlog into JSON, beside pg_recvlogical, which decodes nothing,
# on the same WAL over the same transport. bench/RESULTS.md says how the figures are to be read.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat >&2 <<'U'
usage: bench/stream.sh [--rows N] [--pairs N] [--transport unix|tcp|tls|all] [--wait-quiet SECONDS]
                       [--walwire FILE] [--no-peers]
--rows       1000000, in transactions of 1000
--pairs      7
--transport  all: one after the other, each on a cluster of its own
--wait-quiet how long to wait for a load average of 0.3 before the first pair: 300
--walwire    build/release/walwire
--no-peers   leaves out wal2json
U
    exit 2
}

rows=1000000 pairs=7 transport=all quiet=300 walwire=build/release/walwire peers=yes
while [ $# -gt 0 ]; do
    case "$1" in
    --no-peers)
        peers=no
        shift
        continue
        ;;
    --rows) rows=${2:-} ;;
    --pairs) pairs=${2:-} ;;
    --transport) transport=${2:-} ;;
    --wait-quiet) quiet=${2:-} ;;
    --walwire) walwire=${2:-} ;;
    *) usage ;;
    esac
    [ $# -ge 2 ] || usage
    shift 2
done
[[ $rows =~ ^[1-9][0-9]*$ && $pairs =~ ^[1-9][0-9]*$ && $quiet =~ ^[0-9]+$ ]] || usage
[ $((rows % 1000)) -eq 0 ] || usage
case $transport in
all) transports=(unix tcp tls) ;;
unix | tcp | tls) transports=("$transport") ;;
*) usage ;;
esac
. bench/cluster.sh
need_walwire "$walwire"

for one in "${transports[@]}"; do
    start_cluster --tls
    arguments=(--cluster "$work/pg" --walwire "$walwire" --rows "$rows" --pairs "$pairs"
        --transport "$one" --wait-quiet "$quiet")
    [ $peers = yes ] || arguments+=(--no-peers)
    /usr/bin/python3 -B bench/compare.py "${arguments[@]}"
    scripts/pg stop "$work/pg" --remove >/dev/null
done
