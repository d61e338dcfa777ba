-- What the log tells of a contact is sealed by category of data: where a category is erased and the contact stays, its key goes, and with
-- it every old value. The log itself stays as it is.
CREATE TABLE "audit_key" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "category" TEXT NOT NULL,
    "key" BYTEA,

    CONSTRAINT "audit_key_pkey" PRIMARY KEY ("contact_id","id"),
    CONSTRAINT "audit_key_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact"("contact_id") ON DELETE CASCADE ON UPDATE CASCADE
);
-- One that is in use; what is entered after an erasure gets another one.
CREATE UNIQUE INDEX "audit_key_used" ON "audit_key"("contact_id", "category") WHERE "key" IS NOT NULL;

-- A key comes with the first entry that it seals, and goes with an erasure, or with the contact.
CREATE FUNCTION audit_require_sealed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  this_transaction bigint := pg_current_xact_id()::text::bigint;
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.key IS NOT NULL OR to_jsonb(OLD) - 'key' <> to_jsonb(NEW) - 'key') THEN
    RAISE EXCEPTION 'A row of % can only lose its key', TG_TABLE_NAME USING ERRCODE = 'LE002';
  END IF;
  PERFORM FROM audit_entry e
    WHERE e.contact_id = CASE TG_OP WHEN 'INSERT' THEN NEW.contact_id ELSE OLD.contact_id END
      AND e.transaction_id = this_transaction
      AND (TG_OP = 'INSERT' OR e.action = 'erased' OR e.action = 'removed' AND e.entity_id = e.contact_id);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A row of % was changed without an entry in the audit log', TG_TABLE_NAME USING ERRCODE = 'LE002';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER audit_required AFTER INSERT OR UPDATE OR DELETE ON audit_key DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION audit_require_sealed();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_key
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
