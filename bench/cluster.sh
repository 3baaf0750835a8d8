# Sourced by the benchmarks that need a server: $work/pg is a throw-away cluster, gone at the end.

need_walwire() {
    [ -x "$1" ] && return 0
    echo "no $1; cmake --preset release && cmake --build --preset release" >&2
    exit 3
}

work=$(mktemp -d /tmp/walwire-bench.XXXXXX)
chmod 0711 "$work" # the server runs as another user when this is run by root
cleanup() {
    trap - EXIT INT TERM
    scripts/pg stop "$work/pg" --remove >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Neither vacuum nor a checkpoint may fall on one contender and not on the other.
start_cluster() {
    scripts/pg start "$work/pg" -c autovacuum=off -c checkpoint_timeout=1h -c max_wal_size=64GB \
        "$@" >/dev/null
}
