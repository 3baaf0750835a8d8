#!/usr/bin/env bash
# How much memory `walwire tail` holds while it is idle, and through one transaction that is far
# larger than its memory.
set -euo pipefail
cd "$(dirname "$0")/.."

rows=5000000 walwire=build/release/walwire
while [ $# -gt 1 ]; do
    case "$1" in
    --rows) rows=$2 ;;
    --walwire) walwire=$2 ;;
    *) break ;;
    esac
    shift 2
done
[ $# -eq 0 ] && [[ $rows =~ ^[1-9][0-9]*$ ]] || {
    echo "usage: bench/rss.sh [--rows N] [--walwire FILE]" >&2
    exit 2
}
. bench/cluster.sh
need_walwire "$walwire"

start_cluster
/usr/bin/python3 -B bench/rss.py --cluster "$work/pg" --walwire "$walwire" --rows "$rows"
