-- PostgreSQL's own part in "no change without a log entry": entries can only be added, and a commit that changed guarded
-- rows without an entry about each of them is refused.

CREATE FUNCTION audit_stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.transaction_id := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $$;

CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'The audit log can only be added to' USING ERRCODE = 'LE001';
END $$;

CREATE TRIGGER audit_entry_stamp BEFORE INSERT ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_stamp();
CREATE TRIGGER audit_entry_fixed BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_entry_kept BEFORE TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

CREATE TRIGGER system_audit_entry_stamp BEFORE INSERT ON system_audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_stamp();
CREATE TRIGGER system_audit_entry_fixed BEFORE UPDATE OR DELETE ON system_audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER system_audit_entry_kept BEFORE TRUNCATE ON system_audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- The search path is fixed, temporary tables last, so that none can stand in for the log.
--
-- Arguments: the column that holds the contact ('' for tables about no contact), the column that identifies the row.
-- Bookkeeping columns may change without an entry.
CREATE FUNCTION audit_require_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  bookkeeping CONSTANT text[] := ARRAY['version', 'updated_at'];
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
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A row of % was % without an entry in the audit log', TG_TABLE_NAME, wanted USING ERRCODE = 'LE002';
  END IF;
  RETURN NULL;
END $$;

-- Puts a table under guard. A module's migration calls it for each table that it audits.
CREATE FUNCTION audit_guard(guarded regclass, contact_column text, id_column text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(
    'CREATE CONSTRAINT TRIGGER audit_required AFTER INSERT OR UPDATE OR DELETE ON %s DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION audit_require_entry(%L, %L)', guarded, contact_column, id_column);
  EXECUTE format(
    'CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()',
    guarded);
END $$;

SELECT audit_guard('contact', 'contact_id', 'contact_id');
SELECT audit_guard('contact_point', 'contact_id', 'id');
SELECT audit_guard('contact_merge', 'contact_id', 'id');
SELECT audit_guard('import', '', 'id');
SELECT audit_guard('user_account', '', 'id');
SELECT audit_guard('role', '', 'id');
SELECT audit_guard('role_grant', '', 'role_id');
SELECT audit_guard('role_assignment', '', 'user_id');
SELECT audit_guard('session', '', 'id');
