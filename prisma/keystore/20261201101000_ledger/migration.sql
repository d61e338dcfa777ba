-- How far the keys are destroyed that the erasure ledger of an installation tells of.
CREATE TABLE erasure_ledger (
  installation uuid PRIMARY KEY,
  sequence bigint NOT NULL CHECK (sequence > 0),
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  noted_at timestamptz NOT NULL DEFAULT now()
);
