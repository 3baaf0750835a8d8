-- The lines that `walwire tail --format json` owes for table `bench`, by nobody's decoder: a row is
-- the server's own row_to_json, its transaction is its xmin, and the transaction's position and time
-- are read from the commit record in the WAL. Frames count from 1 in each transaction.
-- Variables: from_lsn, to_lsn (the WAL that holds the rows), rows (ids above it are not wanted).
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
WITH commits AS MATERIALIZED (
    SELECT xid::text::bigint AS xid, start_lsn AS lsn,
           lpad(upper(to_hex((start_lsn - '0/0')::bigint)), 16, '0') AS position,
           substring(description FROM '^[^;]+')::timestamptz AS at
    FROM pg_get_wal_records_info(:'from_lsn', :'to_lsn')
    WHERE resource_manager = 'Transaction' AND record_type = 'COMMIT'
), numbered AS (
    SELECT xid, id, after, row_number() OVER (PARTITION BY xid ORDER BY id) AS frame
    FROM (SELECT xmin::text::bigint AS xid, id, row_to_json(t) AS after FROM bench t) AS of
    WHERE id <= :rows
)
SELECT format('{"op":"insert","pos":"%s-1-%s","lsn":"%s","xid":%s,"ts":"%s","schema":"public",'
              '"table":"bench","key":{"id":%s},"before":null,"after":%s}',
              position, lpad(upper(to_hex(frame)), 8, '0'), lsn, xid,
              to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id, after)
FROM numbered JOIN commits USING (xid) ORDER BY id;
