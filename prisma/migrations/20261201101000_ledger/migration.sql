-- How far this database has done what the erasure ledger says. One row, made at the first start.
CREATE TABLE erasure_ledger (
  id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  installation uuid NOT NULL,
  sequence bigint NOT NULL CHECK (sequence > 0),
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  noted_at timestamptz(3) NOT NULL DEFAULT now()
);
