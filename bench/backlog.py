"""The WAL that the contenders read: one table of seven columns, written before anybody listens."""
import dataclasses

ROWS_PER_TRANSACTION = 1000
# Every fiftieth note needs escaping or more than one byte per letter, so that a wrong byte shows.
LOAD = """DO $$ BEGIN
FOR part IN 0..{parts} - 1 LOOP
    INSERT INTO bench
    SELECT id, id % 5000, 'customer ' || id % 5000,
           CASE id % 100 WHEN 0 THEN E'"quoted", \\\\ and\\na line' WHEN 50 THEN 'съешь ещё €'
                         ELSE 'left at the door, number ' || id END,
           (id % 100000) / 100.0, clock_timestamp(), id % 3 = 0
    FROM generate_series(part * {size} + 1, (part + 1) * {size}) AS id;
    {commit}
END LOOP; END $$"""


@dataclasses.dataclass
class Backlog:
    from_lsn: str
    end_lsn: str   # behind the last row that counts
    to_lsn: str
    rows: int
    wal_bytes: int


def allow_wal2json(cluster):
    # From 15.19 on a server loads only the output plugins that it was told; older ones do not know
    # the setting.
    if cluster.sql("SELECT count(*) FROM pg_settings "
                   "WHERE name = 'output_plugin_libraries'") == "1":
        cluster.sql("ALTER SYSTEM SET output_plugin_libraries = pgoutput, test_decoding, wal2json",
                    "SELECT pg_reload_conf()")


def write(cluster, rows, transactions, plugins):
    """A slot per plugin, named like it, stands where the rows begin."""
    if "wal2json" in plugins:
        allow_wal2json(cluster)
    cluster.sql("CREATE EXTENSION IF NOT EXISTS pg_walinspect",
                "CREATE TABLE bench (id bigint PRIMARY KEY, customer int, name text, note text,"
                " amount numeric(12,2), at timestamptz, paid boolean)",
                "CREATE PUBLICATION p FOR TABLE bench")
    for plugin in plugins:
        cluster.sql(f"SELECT pg_create_logical_replication_slot('{plugin}', '{plugin}')")
    from_lsn = cluster.sql("SELECT pg_current_wal_insert_lsn()")
    cluster.sql(LOAD.format(parts=transactions, size=rows // transactions,
                            commit="COMMIT;" if transactions > 1 else ""))
    end_lsn = cluster.sql("SELECT pg_current_wal_insert_lsn()")
    # Its Begin tells every contender that the end has been reached; else it would be a keepalive,
    # whose moment is chance.
    cluster.sql(f"INSERT INTO bench (id) VALUES ({rows} + 1)", "CHECKPOINT")
    to_lsn = cluster.sql("SELECT pg_current_wal_flush_lsn()")
    size = cluster.sql(f"SELECT '{end_lsn}'::pg_lsn - '{from_lsn}'::pg_lsn")
    return Backlog(from_lsn, end_lsn, to_lsn, rows, int(size))


def copy_slot(cluster, plugin, name):
    cluster.sql(f"SELECT pg_copy_logical_replication_slot('{plugin}', '{name}')")


def drop_slot(cluster, name):
    cluster.sql(f"SELECT pg_drop_replication_slot('{name}')")
