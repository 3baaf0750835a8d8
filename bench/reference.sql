-- The lines that `walwire tail --format json` owes for table `bench`, by nobody's decoder: a row is
-- the server's own row_to_json, its transaction is its xmin, and the transaction's position and time
-- are read from the commit record in the WAL. Frames count from 1 in each transaction. The first
-- line says what the columns are.
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
), rows AS MATERIALIZED (
    SELECT id, lpad(upper(to_hex(frame)), 8, '0') AS frame, after, position, lsn, xid,
           to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
    FROM numbered JOIN commits USING (xid)
), columns AS (
    SELECT string_agg(format('{"name":"%s","type":"%s","key":%s}', attname,
                             format_type(atttypid, atttypmod), (attname = 'id')::text),
                      ',' ORDER BY attnum) AS listed
    FROM pg_attribute WHERE attrelid = 'bench'::regclass AND attnum > 0
)
SELECT line FROM (
    (SELECT 0 AS number,
            format('{"op":"schema","pos":"%s-1-%s","lsn":"%s","xid":%s,"ts":"%s",'
                   '"schema":"public","table":"bench","columns":[%s]}',
                   position, frame, lsn, xid, at, listed) AS line
     FROM rows, columns ORDER BY id LIMIT 1)
    UNION ALL
    SELECT id, format('{"op":"insert","pos":"%s-1-%s","lsn":"%s","xid":%s,"ts":"%s",'
                      '"schema":"public","table":"bench","key":{"id":%s},"before":null,'
                      '"after":%s}', position, frame, lsn, xid, at, id, after)
    FROM rows) AS lines
ORDER BY number;
