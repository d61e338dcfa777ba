-- Which contact an imported identity belongs to decides where the data of later imports goes. So no such claim is made,
-- moved or dropped in a transaction that the log doesn't tell of: as an import's, or as a change of the contact itself.
CREATE FUNCTION audit_require_import() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  this_transaction bigint := pg_current_xact_id()::text::bigint;
  contact uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.contact_id ELSE NEW.contact_id END;
BEGIN
  PERFORM FROM system_audit_entry e WHERE e.transaction_id = this_transaction AND e.entity = 'Import';
  IF NOT FOUND THEN
    PERFORM FROM audit_entry e
      WHERE e.transaction_id = this_transaction AND e.entity_id = contact AND e.contact_id = contact AND e.action <> 'read';
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A row of % was changed without an entry in the audit log', TG_TABLE_NAME USING ERRCODE = 'LE002';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER audit_required AFTER INSERT OR UPDATE OR DELETE ON import_key DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION audit_require_import();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON import_key
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
