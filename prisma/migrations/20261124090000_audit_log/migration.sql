-- The audit log becomes sealed, numbered and provable: values are bytes that only the contact's key opens, entries of a
-- contact count 1, 2, 3 …, and all entries are leaves of one Merkle tree (RFC 9162).

-- Values written so far stay as they are, as text; they begin with '{', sealed ones don't.
ALTER TABLE audit_entry ALTER COLUMN "values" DROP NOT NULL,
  ALTER COLUMN "values" TYPE bytea USING convert_to("values"::text, 'UTF8');
ALTER TABLE system_audit_entry ALTER COLUMN "values" DROP NOT NULL,
  ALTER COLUMN "values" TYPE bytea USING convert_to("values"::text, 'UTF8');

-- Finds those that are still to be sealed; empty but for upgrades.
CREATE INDEX "audit_entry_plain_idx" ON "audit_entry" ("id") WHERE substring("values" FROM 1 FOR 1) = '\x7b';
CREATE INDEX "system_audit_entry_plain_idx" ON "system_audit_entry" ("id") WHERE substring("values" FROM 1 FOR 1) = '\x7b';

ALTER TABLE audit_entry ADD COLUMN "sequence" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_fixed;
UPDATE audit_entry e SET "sequence" = numbered.number
FROM (SELECT id, row_number() OVER (PARTITION BY contact_id ORDER BY id) AS number FROM audit_entry) numbered
WHERE e.id = numbered.id;
ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_fixed;

DROP INDEX "audit_entry_contact_id_transaction_id_idx";
DROP INDEX "system_audit_entry_transaction_id_idx";
CREATE UNIQUE INDEX "audit_entry_contact_id_sequence_key" ON "audit_entry" ("contact_id", "sequence");
-- For the guards, which look for one row's entry in a transaction, and the sequencer, which goes through transactions.
CREATE INDEX "audit_entry_transaction_id_entity_id_idx" ON "audit_entry" ("transaction_id", "entity_id");
CREATE INDEX "system_audit_entry_transaction_id_entity_id_idx" ON "system_audit_entry" ("transaction_id", "entity_id");
CREATE INDEX "audit_entry_request_id_idx" ON "audit_entry" ("request_id");
CREATE INDEX "system_audit_entry_request_id_idx" ON "system_audit_entry" ("request_id");
-- For histories, which leave out that somebody looked.
CREATE INDEX "audit_entry_changes_idx" ON "audit_entry" ("contact_id", "id") WHERE "action" <> 'read';

-- What the log is searched by. Each word begins with the days in which the entry was made: the first 20 bits of its id, which
-- change every 2^28 milliseconds. So a search goes back through time, and needs to look no further than a page.
CREATE FUNCTION audit_facets(id uuid, action text, actor_kind text, actor_id uuid, operation text, entity text, fields text[])
RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  days CONSTANT text := substr(id::text, 1, 5);
  facets text[] := ARRAY[days || 'a' || action, days || 'k' || actor_kind, days || 'o' || operation, days || 'e' || entity];
  field text;
BEGIN
  IF actor_id IS NOT NULL THEN
    facets := facets || (days || 'w' || actor_id);
  END IF;
  FOREACH field IN ARRAY coalesce(fields, '{}') LOOP
    facets := facets || (days || 'f' || field);
  END LOOP;
  RETURN facets;
END $$;
DROP INDEX "audit_entry_actor_id_id_idx";
DROP INDEX "system_audit_entry_actor_id_id_idx";
-- New entries wait in a short list, which each search reads through: longer, and searches would take longer.
CREATE INDEX "audit_entry_facets_idx" ON "audit_entry"
  USING gin (audit_facets("id", "action", "actor_kind", "actor_id", "operation", "entity", "fields")) WITH (gin_pending_list_limit = 64);
CREATE INDEX "system_audit_entry_facets_idx" ON "system_audit_entry"
  USING gin (audit_facets("id", "action", "actor_kind", "actor_id", "operation", "entity", "fields")) WITH (gin_pending_list_limit = 64);

-- What only the database may say of an entry: in which transaction, when, and the how manieth it is about its contact. Of
-- two transactions that count the same number, the unique index refuses one, which is then tried again.
CREATE OR REPLACE FUNCTION audit_stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.transaction_id := pg_current_xact_id()::text::bigint;
  NEW.recorded_at := now();
  RETURN NEW;
END $$;

CREATE FUNCTION audit_number() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.sequence := coalesce((SELECT max(e.sequence) FROM audit_entry e WHERE e.contact_id = NEW.contact_id), 0) + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_entry_number BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_number();

-- The tree. A leaf says which entry has which index; nodes are the roots of complete subtrees of 256^level leaves.
CREATE TABLE "audit_leaf" (
    "leaf_index" BIGINT NOT NULL,
    "entry_id" UUID NOT NULL,
    "contact_id" UUID,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_leaf_pkey" PRIMARY KEY ("leaf_index")
);
CREATE UNIQUE INDEX "audit_leaf_entry_id_key" ON "audit_leaf" ("entry_id");

CREATE TABLE "audit_node" (
    "level" INTEGER NOT NULL,
    "node_index" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_node_pkey" PRIMARY KEY ("level","node_index")
);

CREATE TABLE "audit_checkpoint" (
    "epoch" INTEGER NOT NULL,
    "tree_size" BIGINT NOT NULL,
    "note" TEXT NOT NULL,
    "signed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),

    CONSTRAINT "audit_checkpoint_pkey" PRIMARY KEY ("epoch","tree_size")
);
CREATE INDEX "audit_checkpoint_tree_size_idx" ON "audit_checkpoint" ("tree_size");

-- Who puts entries into the tree: one process at a time, which the term tells from those before it.
CREATE TABLE "audit_sequencer" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "term" BIGINT NOT NULL DEFAULT 0,
    "holder" UUID,
    "lease_until" TIMESTAMPTZ(3) NOT NULL DEFAULT '-infinity',
    "watermark" BIGINT NOT NULL DEFAULT 0,
    "database" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "audit_sequencer_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "audit_sequencer_one" CHECK ("id" = 1)
);
INSERT INTO audit_sequencer DEFAULT VALUES;

CREATE TRIGGER audit_leaf_fixed BEFORE UPDATE OR DELETE ON audit_leaf
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_leaf_kept BEFORE TRUNCATE ON audit_leaf
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_node_fixed BEFORE UPDATE OR DELETE ON audit_node
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_node_kept BEFORE TRUNCATE ON audit_node
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_checkpoint_fixed BEFORE UPDATE OR DELETE ON audit_checkpoint
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_checkpoint_kept BEFORE TRUNCATE ON audit_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
