-- A contact is erased: the log tells it by model, in entries `erased`, with counts and without values. In the transaction in which they
-- are written, rows about that contact may go, or be emptied, without an entry of their own each.
CREATE OR REPLACE FUNCTION audit_require_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  bookkeeping CONSTANT text[] :=
    ARRAY['version', 'updated_at', 'last_seen_at', 'confirmed_at', 'last_used_at', 'last_step', 'signature_count'];
  row_before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - bookkeeping END;
  row_after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - bookkeeping END;
  row_now jsonb := coalesce(row_after, row_before);
  row_id uuid := (row_now ->> TG_ARGV[1])::uuid;
  wanted text := CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'updated' ELSE 'removed' END;
  this_transaction bigint := pg_current_xact_id()::text::bigint;
BEGIN
  IF row_before = row_after THEN
    RETURN NULL;
  END IF;
  -- An entry tells of a row under its id; under another one, or with another contact, it would be another row.
  IF row_before -> TG_ARGV[1] <> row_after -> TG_ARGV[1] OR row_before -> TG_ARGV[0] <> row_after -> TG_ARGV[0] THEN
    RAISE EXCEPTION 'A row of % can get neither another id nor another contact', TG_TABLE_NAME USING ERRCODE = 'LE002';
  END IF;
  IF TG_ARGV[0] = '' THEN
    PERFORM FROM system_audit_entry e
      WHERE e.transaction_id = this_transaction AND e.entity_id = row_id AND e.action = wanted;
  ELSE
    PERFORM FROM audit_entry e
      WHERE e.contact_id = (row_now ->> TG_ARGV[0])::uuid AND e.transaction_id = this_transaction
        AND e.entity_id = row_id AND e.action = wanted;
    IF NOT FOUND AND TG_OP <> 'INSERT' THEN
      PERFORM FROM audit_entry e
        WHERE e.contact_id = (row_now ->> TG_ARGV[0])::uuid AND e.transaction_id = this_transaction AND e.action = 'erased';
    END IF;
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A row of % was % without an entry in the audit log', TG_TABLE_NAME, wanted USING ERRCODE = 'LE002';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION audit_require_import() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  this_transaction bigint := pg_current_xact_id()::text::bigint;
  contact uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.contact_id ELSE NEW.contact_id END;
BEGIN
  PERFORM FROM system_audit_entry e WHERE e.transaction_id = this_transaction AND e.entity = 'Import';
  IF NOT FOUND THEN
    PERFORM FROM audit_entry e
      WHERE e.transaction_id = this_transaction AND e.contact_id = contact
        AND (e.entity_id = contact AND e.action <> 'read' OR e.action = 'erased');
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A row of % was changed without an entry in the audit log', TG_TABLE_NAME USING ERRCODE = 'LE002';
  END IF;
  RETURN NULL;
END $$;

-- Found by the guards, whichever rows they look at.
CREATE INDEX "audit_entry_erased_idx" ON "audit_entry" ("contact_id", "transaction_id") WHERE "action" = 'erased';

-- A mail that is about a contact can't come to be once they are gone.
UPDATE outgoing_mail m SET contact_id = NULL, message = NULL, purposes = '{}',
  state = CASE WHEN m.state IN ('queued', 'sending') THEN 'cancelled' ELSE m.state END
WHERE m.contact_id IS NOT NULL AND NOT EXISTS (SELECT FROM contact c WHERE c.contact_id = m.contact_id);
ALTER TABLE outgoing_mail ADD CONSTRAINT "outgoing_mail_contact_id_fkey"
  FOREIGN KEY ("contact_id") REFERENCES "contact" ("contact_id") ON DELETE SET NULL;

-- How far the files of the database were rid of what was erased.
CREATE TABLE "scrub" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "ledger_sequence" BIGINT NOT NULL DEFAULT 0,
    "scrubbed_at" TIMESTAMPTZ(3),

    CONSTRAINT "scrub_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "scrub_one" CHECK ("id" = 1)
);
INSERT INTO scrub DEFAULT VALUES;
