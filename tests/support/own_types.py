"""Types that PostgreSQL does not have, made by the type test: every kind of every kind.

make(db) creates them, in schemas that no search_path names, and what the catalogs must hold for
the types whose values only the server itself makes.
"""
from literals import HOSTILE, identifier, quoted

# 63 bytes is the most that a label or a name may have.
LABELS = ["plain", "", "NULL", "a,b", 'quo"te', "it's", "back\\slash", "{brace}", "(paren)", " ",
          "two words", "line\nend", "=>", "gr\u00fc\u00dfe \U0001F600", "true", "1.5", "l" * 63]

HOSTILE_NAME = 'Own "types", (all) \\ {of} it\'s \u00fc\U0001F600'

OWN = r'''
CREATE SCHEMA extensions;
CREATE EXTENSION hstore SCHEMA extensions;
CREATE SCHEMA {hostile};
CREATE SCHEMA own;
SET search_path = own;

CREATE TYPE mood AS ENUM ({labels});
CREATE TYPE {hostile}.{hostile} AS ENUM ('one', 'two', '"3"', 'f,our', 'f i v e');

CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN positive_again AS positive CHECK (VALUE < 2000000000);
CREATE DOMAIN short_text AS varchar(9);
CREATE DOMAIN required AS text NOT NULL;
CREATE DOMAIN of_mood AS mood;
CREATE DOMAIN of_json AS json;
CREATE DOMAIN of_jsonb AS jsonb;
CREATE DOMAIN of_bool AS bool;
CREATE DOMAIN of_float AS float8;
CREATE DOMAIN of_stamp AS timestamptz(3);
CREATE DOMAIN of_numeric AS numeric(1000, 5) CHECK (VALUE <> 'NaN');
CREATE DOMAIN of_hstore AS extensions.hstore;
CREATE DOMAIN of_range AS int4range;
CREATE DOMAIN of_vector AS oidvector;
CREATE DOMAIN of_integers AS int[];
CREATE DOMAIN of_integers_again AS of_integers;
CREATE DOMAIN of_positives AS positive[];
CREATE DOMAIN of_texts AS text[] NOT NULL;
CREATE DOMAIN of_lists AS of_integers[];

CREATE TYPE nothing AS ();
CREATE TYPE pair AS (a int, b text);
CREATE TYPE {hostile}."Pair" AS (" " {hostile}.{hostile}, {hostile} text, "a,b" int, "(" jsonb,
    """" text, "\" bool, "Case" pair[], {longest} int);
CREATE TYPE shrunk AS (gone_1 text, a int, gone_2 pair, b text, gone_3 int[]);
ALTER TYPE shrunk DROP ATTRIBUTE gone_1, DROP ATTRIBUTE gone_2, DROP ATTRIBUTE gone_3;
CREATE TYPE emptied AS (gone int);
ALTER TYPE emptied DROP ATTRIBUTE gone;
CREATE TYPE one_text AS (v text);
CREATE TYPE one_null_word AS (v of_mood, w text[]);
CREATE TYPE many AS (o bool, i2 int2, i4 int, i8 int8, f4 float4, f8 float8, n numeric,
    t text, v varchar(20), p char(5), c "char", b bytea, j json, k jsonb, d date, s timestamp,
    z timestamptz, w time, x timetz, y interval, u uuid, e inet, m mood, l money, a xml,
    h extensions.hstore, r int4range, mr datemultirange, q point, bx box[], bi bit(4), vb varbit,
    ts tsvector, iv int2vector, ov oidvector, re regclass, tx text[], pa pair, ps pair[],
    dm positive_again, rq required, di of_integers, dl of_lists, no nothing, sh shrunk,
    js json[], ks of_jsonb[], es mood[], hs extensions.hstore[], ds date[]);
CREATE DOMAIN of_pair AS pair;
CREATE DOMAIN of_pairs AS pair[];
CREATE DOMAIN of_pair_again AS of_pair CHECK ((VALUE).a IS DISTINCT FROM 7);
CREATE TYPE deep_1 AS (p of_pair_again, l of_pairs, q {hostile}."Pair");
CREATE TYPE deep_2 AS (d deep_1, l deep_1[], m many);
CREATE TYPE deep_3 AS (d deep_2, l deep_2[]);

CREATE TYPE text_range AS RANGE (subtype = text, collation = "C");
CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE mood_range AS RANGE (subtype = mood);
CREATE TYPE pair_range AS RANGE (subtype = pair, multirange_type_name = many_pairs);
CREATE TYPE domain_range AS RANGE (subtype = positive);
CREATE TYPE array_range AS RANGE (subtype = int[]);
CREATE TYPE ranges AS (t text_range, m mood_range, p pair_range, many many_pairs, l text_range[]);

CREATE TABLE row_of_a_table (id int, name varchar(9), gone int, at timestamptz, p pair);
ALTER TABLE row_of_a_table DROP gone, ADD added text DEFAULT 'x';
CREATE VIEW row_of_a_view AS SELECT 1 AS one, 'x'::text AS two, ARRAY[1] AS three;

-- What pg_node_tree, pg_ndistinct, pg_dependencies and pg_mcv_list are filled from.
CREATE TABLE measured (a int, b int, c int, d int DEFAULT 1 + 2, e text DEFAULT 'x"' || 'y');
INSERT INTO measured SELECT i % 7, i % 7, i % 5, i % 3, i % 2 FROM generate_series(1, 500) i;
CREATE STATISTICS s1 ON a, b FROM measured;
CREATE STATISTICS s2 ON b, c FROM measured;
CREATE STATISTICS s3 ON a, c, d FROM measured;
CREATE STATISTICS s4 ON a, b, e FROM measured;
CREATE STATISTICS s5 ON a, b, c, d, e FROM measured;
ANALYZE measured;
RESET search_path;
'''


def make(db):
    db.execute(OWN.format(labels=", ".join(map(quoted, LABELS)), hostile=identifier(HOSTILE_NAME),
                          longest=identifier("n" * 63)))


# Values that a domain admits and its base type's list does not hold, or not often enough.
OF_DOMAINS = {
    "yes_or_no": ["YES", "NO"],
    "cardinal_number": ["2", "3", "4", "5"],
    "positive": ["2", "3", "4", "5"],
    "positive_again": ["2", "3", "4", "5"],
    "of_positives": ["{}", "{1}", "{1,2,3}", "{{1,2},{3,4}}", "[4:5]={1,2}"],
    "short_text": [text for text in HOSTILE if len(text) < 10],
}

STATISTICS = "(SELECT {} FROM pg_statistic_ext_data ORDER BY stxoid LIMIT 1 OFFSET {})"
TREES = "(SELECT adbin FROM pg_attrdef ORDER BY oid LIMIT 1 OFFSET {})"
CHECKS = "(SELECT conbin FROM pg_constraint WHERE contype = 'c' ORDER BY oid LIMIT 1 OFFSET {})"

# Values of the types whose input function refuses everything, where the catalogs hold some.
FROM_CATALOGS = {
    "pg_node_tree": [TREES.format(0), TREES.format(1), *map(CHECKS.format, range(4))],
    "pg_ndistinct": [STATISTICS.format("stxdndistinct", k) for k in range(5)],
    "pg_dependencies": [STATISTICS.format("stxddependencies", k) for k in range(5)],
    "pg_mcv_list": [STATISTICS.format("stxdmcv", k) for k in range(5)],
}
