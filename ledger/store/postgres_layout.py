"""What a log is on a PostgreSQL server: the tables, and the one function that writes them.

The layout is that of a SQLite file. Nobody needs a right to write to a table: writers may
execute ``append_entries``, which takes one lock, the head row, and does all of an append in
one call. It judges nothing, as a database cannot check signatures; whoever calls it by hand
adds entries that an audit refuses.
"""

from typing import Final

from ledger.seal.merkle import EMPTY_ROOT

LAYOUT: Final = 1
"""The number of the table layout, in the comment of the schema."""

MARK: Final = "assent log, layout "
"""How the comment of a schema begins that holds a log."""

# As in a file, nothing is unique, or counted up by the server, that a row added by a stranger
# could use up. Text sorts and is compared by its bytes.
_TABLES: Final = """
CREATE TABLE {s}.stored_events (
  notification_id bigint PRIMARY KEY,
  originator_id text COLLATE "C" NOT NULL,
  originator_version bigint NOT NULL,
  topic text COLLATE "C" NOT NULL,
  state bytea NOT NULL,
  squat bigint NOT NULL DEFAULT 0,
  UNIQUE (originator_id, originator_version, squat)
);
CREATE TABLE {s}.merkle_leaf (
  leaf_index bigint PRIMARY KEY,
  notification_id bigint NOT NULL,
  leaf_hash bytea NOT NULL
);
CREATE INDEX merkle_leaf_row ON {s}.merkle_leaf (notification_id);
CREATE INDEX merkle_leaf_hash ON {s}.merkle_leaf (leaf_hash, leaf_index);
CREATE TABLE {s}.merkle_head (
  id integer PRIMARY KEY CHECK (id = 1),
  size bigint NOT NULL,
  frontier bytea NOT NULL,
  root bytea NOT NULL
) WITH (fillfactor = 10);
INSERT INTO {s}.merkle_head VALUES (1, 0, '', decode('{empty}', 'hex'));
"""

_TRIGGERS: Final = """
CREATE FUNCTION {s}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the log only grows: nothing in it is changed or removed'
    USING ERRCODE = 'restrict_violation';
END $$;
"""
_TRIGGER: Final = """
CREATE TRIGGER no_change BEFORE {what} ON {s}.{table} FOR EACH ROW {when}
  EXECUTE FUNCTION {s}.refuse();
CREATE TRIGGER no_truncation BEFORE TRUNCATE ON {s}.{table}
  EXECUTE FUNCTION {s}.refuse();
"""
_NO_DELETION: Final = """
CREATE TRIGGER no_deletion BEFORE DELETE ON {s}.{table} FOR EACH ROW
  EXECUTE FUNCTION {s}.refuse();
"""
_UNLESS_APPENDING: Final = (
    "WHEN (pg_catalog.current_setting('assent.appending', true) IS DISTINCT FROM 'on')"
)

# The tree of RFC 6962 as ledger.seal.merkle keeps it: one hash for each bit of the size.
_TREE: Final = """
CREATE FUNCTION {s}.push(size bigint, frontier bytea, leaf bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  kept integer := octet_length(frontier);
  node bytea := leaf;
BEGIN
  WHILE size & 1 = 1 LOOP
    kept := kept - 32;
    node := sha256(decode('01', 'hex') || substr(frontier, kept + 1, 32) || node);
    size := size >> 1;
  END LOOP;
  RETURN substr(frontier, 1, kept) || node;
END $$;
CREATE FUNCTION {s}.root(frontier bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  kept integer := octet_length(frontier) - 32;
  node bytea := substr(frontier, kept + 1);
BEGIN
  IF kept < 0 THEN RETURN sha256(''); END IF;
  WHILE kept > 0 LOOP
    kept := kept - 32;
    node := sha256(decode('01', 'hex') || substr(frontier, kept + 1, 32) || node);
  END LOOP;
  RETURN node;
END $$;
"""

# What an append does where rubbish holds a place or a row id: it takes the least that is free.
_PAST: Final = """
CREATE FUNCTION {s}.append_past(
  strict boolean, size bigint, streams text[], versions bigint[], kinds text[], envelopes bytea[]
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  place bigint;
  way bigint;
  ids bigint[];
BEGIN
  FOR i IN 1 .. cardinality(envelopes) LOOP
    place := size + i;
    PERFORM FROM {s}.stored_events AS e WHERE e.notification_id = place
      AND e.originator_id = streams[i] AND e.originator_version = versions[i]
      AND e.topic = kinds[i] AND e.state = envelopes[i];
    WHILE NOT FOUND LOOP
      IF strict THEN
        RAISE EXCEPTION 'version % of % is taken', versions[i], streams[i]
          USING ERRCODE = 'unique_violation';
      END IF;
      SELECT n INTO way FROM generate_series(0, (SELECT count(*) FROM {s}.stored_events AS e
          WHERE e.originator_id = streams[i] AND e.originator_version = versions[i])) AS n
        WHERE NOT EXISTS (SELECT 1 FROM {s}.stored_events AS e WHERE e.originator_id = streams[i]
          AND e.originator_version = versions[i] AND e.squat = n) ORDER BY n LIMIT 1;
      IF EXISTS (SELECT 1 FROM {s}.stored_events AS e WHERE e.notification_id = place) THEN
        SELECT a.notification_id + 1 INTO place FROM {s}.stored_events AS a
          WHERE a.notification_id >= place AND a.notification_id < 9223372036854775807
          AND NOT EXISTS (SELECT 1 FROM {s}.stored_events AS b
            WHERE b.notification_id = a.notification_id + 1)
          ORDER BY a.notification_id LIMIT 1;
      END IF;
      INSERT INTO {s}.stored_events
        VALUES (place, streams[i], versions[i], kinds[i], envelopes[i], way)
        ON CONFLICT DO NOTHING;
    END LOOP;
    ids[i] := place;
  END LOOP;
  RETURN ids;
END $$;
"""

# Rubbish beside the head must not stop honest work: the head is mended as ledger.store.leaves
# does it. Plans are made once and by index: to plan anew for each call took half of its time, and
# a plan made while the log was small would read all of it later.
_APPEND: Final = """
CREATE FUNCTION {s}.append_entries(
  judged bigint, streams text[], versions bigint[], kinds text[], envelopes bytea[],
  OUT outcome text, OUT start bigint, OUT size bigint, OUT frontier bytea, OUT ids bigint[]
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '30s'
SET plan_cache_mode = 'force_generic_plan'
SET enable_seqscan = 'off'
AS $$
DECLARE
  many integer := cardinality(envelopes);
  claimed bytea;
  found_leaf record;
  leaves bytea[];
  places bigint[];
  stored integer;
  place bigint;
  turn bigint := hashtextextended('assent turn {name}', 0);
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'an append is made at READ COMMITTED, by itself'
      USING ERRCODE = 'invalid_transaction_state';
  END IF;
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  IF many IS NULL OR many = 0 OR (cardinality(streams), cardinality(versions), cardinality(kinds))
      IS DISTINCT FROM (many, many, many)
      OR EXISTS (SELECT 1 FROM unnest(envelopes) AS e WHERE octet_length(e) > 65535) THEN
    RAISE EXCEPTION 'an append takes as many streams, versions and kinds as envelopes, each of'
      ' 65,535 bytes at most' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  IF NOT pg_try_advisory_xact_lock(turn) THEN
    BEGIN
      SET LOCAL lock_timeout = '5s';
      PERFORM pg_advisory_xact_lock(turn);
    EXCEPTION WHEN lock_not_available THEN
      NULL; -- whoever keeps the turn that long is stuck or means harm; an append needs no turn
    END;
  END IF;
  SELECT h.size, h.frontier, h.root INTO size, frontier, claimed
    FROM {s}.merkle_head AS h WHERE h.id = 1 FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO {s}.merkle_head VALUES (1, 0, '', sha256('')) ON CONFLICT DO NOTHING;
    SELECT h.size, h.frontier, h.root INTO STRICT size, frontier, claimed
      FROM {s}.merkle_head AS h WHERE h.id = 1 FOR UPDATE;
  END IF;
  IF (CASE WHEN size BETWEEN 0 AND 4611686018427387904
        AND octet_length(frontier) = 32 * length(replace(size::bit(64)::text, '0', ''))
      THEN claimed = {s}.root(frontier) AND (size = 0 OR EXISTS (SELECT 1
        FROM {s}.merkle_leaf AS l WHERE l.leaf_index = size - 1 AND octet_length(l.leaf_hash) = 32))
      END) IS NOT TRUE THEN
    size := 0;
    frontier := '';
  END IF;
  FOR found_leaf IN SELECT l.leaf_index, l.leaf_hash FROM {s}.merkle_leaf AS l
      WHERE l.leaf_index >= size ORDER BY l.leaf_index LOOP
    EXIT WHEN found_leaf.leaf_index <> size
      OR octet_length(found_leaf.leaf_hash) IS DISTINCT FROM 32;
    frontier := {s}.push(size, frontier, found_leaf.leaf_hash);
    size := size + 1;
  END LOOP;

  leaves := ARRAY(SELECT sha256(decode('00', 'hex') || u.e)
    FROM unnest(envelopes) WITH ORDINALITY AS u (e, o) ORDER BY u.o);
  places := ARRAY(SELECT (SELECT min(l.leaf_index) FROM {s}.merkle_leaf AS l
      WHERE l.leaf_hash = u.h AND l.leaf_index BETWEEN 0 AND size - 1)
    FROM unnest(leaves) WITH ORDINALITY AS u (h, o) ORDER BY u.o);
  FOREACH place IN ARRAY places LOOP start := coalesce(start, place); END LOOP;
  IF judged IS NOT NULL AND start IS NOT NULL THEN
    outcome := CASE WHEN places = ARRAY(SELECT generate_series(start, start + many - 1))
      THEN 'stored' ELSE 'partly' END;
    ids := ARRAY(SELECT l.notification_id FROM {s}.merkle_leaf AS l
      WHERE l.leaf_index BETWEEN start AND start + many - 1 ORDER BY l.leaf_index);
    RETURN;
  END IF;
  IF judged <> size THEN
    outcome := 'moved';
    RETURN;
  END IF;

  outcome := 'appended';
  start := size;
  PERFORM set_config('assent.appending', 'on', true);
  ids := ARRAY(SELECT generate_series(size + 1, size + many));
  INSERT INTO {s}.stored_events SELECT u.o + size, u.s, u.v, u.k, u.e, 0
    FROM unnest(streams, versions, kinds, envelopes) WITH ORDINALITY AS u (s, v, k, e, o)
    ORDER BY u.o ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS stored = ROW_COUNT;
  IF stored < many THEN
    ids := {s}.append_past(judged IS NULL, size, streams, versions, kinds, envelopes);
  END IF;
  INSERT INTO {s}.merkle_leaf SELECT u.o - 1 + size, u.i, u.h
    FROM unnest(ids, leaves) WITH ORDINALITY AS u (i, h, o) ORDER BY u.o
    ON CONFLICT (leaf_index)
    DO UPDATE SET notification_id = excluded.notification_id, leaf_hash = excluded.leaf_hash;
  FOR i IN 1 .. many LOOP
    frontier := {s}.push(size, frontier, leaves[i]);
    size := size + 1;
  END LOOP;
  UPDATE {s}.merkle_head AS h SET size = append_entries.size, frontier = append_entries.frontier,
    root = {s}.root(append_entries.frontier) WHERE h.id = 1;
  PERFORM set_config('assent.appending', '', true);
  PERFORM pg_notify('assent_log', '{name} ' || size);
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {s} FROM PUBLIC;
"""


def layout(schema: str) -> str:
    """The statements that make an empty log in *schema*, which must exist and hold nothing."""
    parts = [_TABLES, _TRIGGERS]
    for table, what, when in (
        ("stored_events", "UPDATE OR DELETE", ""),
        ("merkle_leaf", "UPDATE", _UNLESS_APPENDING),
        ("merkle_head", "UPDATE", _UNLESS_APPENDING),
    ):
        parts.append(_TRIGGER.format(s="{s}", table=table, what=what, when=when))
    parts += [_NO_DELETION.format(s="{s}", table=table) for table in ("merkle_leaf", "merkle_head")]
    parts += [_TREE, _PAST, _APPEND, "COMMENT ON SCHEMA {s} IS '{mark}{layout}';"]
    return "".join(parts).format(
        s=f'"{schema}"', name=schema, empty=EMPTY_ROOT.hex(), mark=MARK, layout=LAYOUT
    )


def grants(schema: str) -> tuple[str, ...]:
    """The statements that let the two roles in."""
    both = f'"{schema}_writer", "{schema}_reader"'
    return (
        f'GRANT USAGE ON SCHEMA "{schema}" TO {both}',
        f'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO {both}',
        f'GRANT EXECUTE ON FUNCTION "{schema}".append_entries TO "{schema}_writer"',
    )
