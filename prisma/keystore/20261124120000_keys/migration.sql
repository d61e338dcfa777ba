-- The key store: a database of its own, never part of a backup of the main one. All times are PostgreSQL's.

-- The master keys in use, by the fingerprints of them. None can go while a key is still wrapped by it.
CREATE TABLE master_key (
  id text PRIMARY KEY,
  added_at timestamptz NOT NULL DEFAULT now()
);

-- One row. Whoever changes or destroys keys that are there locks it; so destructions are numbered in the order of their
-- commits.
CREATE TABLE keystore_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- The master key that wraps new keys; none before the first start.
  current_master_key text REFERENCES master_key,
  destructions bigint NOT NULL DEFAULT 0
);
INSERT INTO keystore_state DEFAULT VALUES;

-- A wrapped key, or the mark of one that was destroyed, which keeps it from being made again.
CREATE TABLE contact_key (
  contact_id uuid PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  wrapped bytea,
  master_key text REFERENCES master_key,
  -- Its number among the destructions.
  destruction bigint,
  destroyed_at timestamptz,
  CONSTRAINT key_or_mark CHECK (
    (wrapped IS NULL) = (destruction IS NOT NULL)
    AND (wrapped IS NULL) = (master_key IS NULL)
    AND (destruction IS NULL) = (destroyed_at IS NULL)
  )
);
CREATE UNIQUE INDEX contact_key_destruction ON contact_key (destruction) WHERE destruction IS NOT NULL;

-- The processes that may have keys in memory.
CREATE TABLE reader (
  id uuid PRIMARY KEY,
  -- It knows the destructions up to this number.
  generation bigint NOT NULL,
  -- The master keys that it has.
  master_keys text[] NOT NULL,
  lease_until timestamptz NOT NULL
);
