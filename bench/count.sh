#!/usr/bin/env bash
# Instructions per event, counted by callgrind: the same on every run of the same binary, so that a
# change of one per cent shows on a noisy machine. Two lengths of stream are counted and their
# difference divided by the difference in events, so that start-up is not in the figure. Everything
# is counted twice; figures that differ are an error. They do depend on the compiler and on the
# instruction sets that libc finds in the processor.
set -euo pipefail
cd "$(dirname "$0")/.."

driver=${1:-build/release/bench/count_driver}
[ -x "$driver" ] || {
    echo "count.sh: no $driver; cmake --preset release && cmake --build --preset release" >&2
    exit 3
}
command -v valgrind >/dev/null || {
    echo "count.sh: valgrind is not installed" >&2
    exit 3
}
short=20000 long=60000

# An empty environment: its size moves the stack and with it alignments.
instructions() {
    env -i "$(command -v valgrind)" --tool=callgrind --callgrind-out-file=/dev/null \
        "$driver" "$1" "$2" 2>&1 | sed -n 's/.*Collected : //p'
}

per_event() {
    local less more
    "$driver" "$1" $short || return 1 # it checks what it writes
    less=$(instructions "$1" $short)
    more=$(instructions "$1" $long)
    [ -n "$less" ] && [ -n "$more" ] || return 1
    awk -v less="$less" -v more="$more" -v events=$((long - short)) \
        'BEGIN { printf "%.2f\n", (more - less) / events }'
}

for what in decode json; do
    first=$(per_event $what)
    second=$(per_event $what)
    case $what in
    decode) name="decode" ;;
    json) name="decode + json" ;;
    esac
    echo "$name: $first instructions per event"
    [ "$first" = "$second" ] || {
        echo "count.sh: $name: $second when counted again" >&2
        exit 1
    }
done
