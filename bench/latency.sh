#!/usr/bin/env bash
# From just before a row's commit to the reader of stdout, walwire beside pg_recvlogical. The
# writers keep their rate whatever happens (pgbench --rate); the time of writing is in the row.
set -euo pipefail
cd "$(dirname "$0")/.."

rates="1000 5000 8000" seconds=10 runs=5 walwire=build/release/walwire
while [ $# -gt 1 ]; do
    case "$1" in
    --rates) rates=$2 ;;
    --seconds) seconds=$2 ;;
    --runs) runs=$2 ;;
    --walwire) walwire=$2 ;;
    *) break ;;
    esac
    shift 2
done
number='^[1-9][0-9]*$'
[ $# -eq 0 ] && [[ $rates =~ ^[0-9\ ]+$ && $seconds =~ $number && $runs =~ $number ]] || {
    echo "usage: bench/latency.sh [--rates 'N N...'] [--seconds N] [--runs N] [--walwire FILE]" >&2
    exit 2
}
. bench/cluster.sh
need_walwire "$walwire"

start_cluster
# shellcheck disable=SC2086 # the rates are words
/usr/bin/python3 -B bench/latency.py --cluster "$work/pg" --walwire "$walwire" \
    --seconds "$seconds" --runs "$runs" --rates $rates
