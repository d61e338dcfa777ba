-- Second factors, links, identity providers, clients, mail, and what limits guessing.

ALTER TABLE "user_account" ADD COLUMN "language" TEXT NOT NULL DEFAULT 'en';
ALTER TABLE "user_account" ALTER COLUMN "password_hash" SET DEFAULT '';
ALTER TABLE "user_account" ALTER COLUMN "password_set_at" DROP NOT NULL;
ALTER TABLE "user_account" ADD COLUMN "password_is_short" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "user_account" ADD COLUMN "signed_out_at" TIMESTAMPTZ(3);

ALTER TABLE "role" ADD COLUMN "purposes" TEXT[] DEFAULT ARRAY[]::TEXT[];
ALTER TABLE "role_assignment" ADD COLUMN "external" BOOLEAN NOT NULL DEFAULT false;

CREATE TABLE "grant_use" (
    "role_id" UUID NOT NULL,
    "right" TEXT NOT NULL,
    "last_read_at" TIMESTAMPTZ(3),
    "last_write_at" TIMESTAMPTZ(3),
    CONSTRAINT "grant_use_pkey" PRIMARY KEY ("role_id","right")
);

ALTER TABLE "session" ADD COLUMN "user_agent" TEXT NOT NULL DEFAULT '';
ALTER TABLE "session" ADD COLUMN "methods" TEXT[] DEFAULT ARRAY[]::TEXT[];
ALTER TABLE "session" ADD COLUMN "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE "session" ADD COLUMN "confirmed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

CREATE TABLE "refresh_token" (
    "token_hash" TEXT NOT NULL,
    "session_id" UUID NOT NULL REFERENCES "session" ("id") ON DELETE CASCADE,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "used_at" TIMESTAMPTZ(3),
    CONSTRAINT "refresh_token_pkey" PRIMARY KEY ("token_hash")
);
CREATE INDEX "refresh_token_session_id_idx" ON "refresh_token" ("session_id");

CREATE TABLE "sign_in_challenge" (
    "token_hash" TEXT NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "user_account" ("id") ON DELETE CASCADE,
    "methods" TEXT[],
    "passkey_challenge" TEXT NOT NULL DEFAULT '',
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "sign_in_challenge_pkey" PRIMARY KEY ("token_hash")
);
CREATE INDEX "sign_in_challenge_user_id_idx" ON "sign_in_challenge" ("user_id");

CREATE TABLE "attempt_level" (
    "key" TEXT NOT NULL,
    "level" DOUBLE PRECISION NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "blocked_until" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "attempt_level_pkey" PRIMARY KEY ("key")
);
CREATE INDEX "attempt_level_updated_at_idx" ON "attempt_level" ("updated_at");

CREATE TABLE "totp" (
    "user_id" UUID NOT NULL REFERENCES "user_account" ("id") ON DELETE CASCADE,
    "secret" BYTEA NOT NULL,
    "last_step" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "activated_at" TIMESTAMPTZ(3),
    CONSTRAINT "totp_pkey" PRIMARY KEY ("user_id")
);

CREATE TABLE "recovery_code" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "user_account" ("id") ON DELETE CASCADE,
    "code_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "used_at" TIMESTAMPTZ(3),
    CONSTRAINT "recovery_code_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "recovery_code_code_hash_key" ON "recovery_code" ("code_hash");
CREATE INDEX "recovery_code_user_id_idx" ON "recovery_code" ("user_id");

CREATE TABLE "passkey" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "user_account" ("id") ON DELETE CASCADE,
    "name" TEXT NOT NULL,
    "credential_id" TEXT NOT NULL,
    "public_key" BYTEA NOT NULL,
    "signature_count" BIGINT NOT NULL DEFAULT 0,
    "transports" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),
    CONSTRAINT "passkey_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "passkey_credential_id_key" ON "passkey" ("credential_id");
CREATE INDEX "passkey_user_id_idx" ON "passkey" ("user_id");

CREATE TABLE "sign_in_link" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "user_account" ("id") ON DELETE CASCADE,
    "purpose" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    CONSTRAINT "sign_in_link_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "sign_in_link_token_hash_key" ON "sign_in_link" ("token_hash");
CREATE INDEX "sign_in_link_user_id_idx" ON "sign_in_link" ("user_id");

CREATE TABLE "external_identity" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "user_account" ("id") ON DELETE CASCADE,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "external_identity_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "external_identity_issuer_subject_key" ON "external_identity" ("issuer", "subject");
CREATE INDEX "external_identity_user_id_idx" ON "external_identity" ("user_id");

CREATE TABLE "client" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "kind" TEXT NOT NULL,
    "origins" TEXT[],
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "client_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "client_scope" (
    "id" UUID NOT NULL,
    "client_id" UUID NOT NULL REFERENCES "client" ("id") ON DELETE CASCADE,
    "right" TEXT NOT NULL,
    "read" BOOLEAN NOT NULL DEFAULT false,
    "write" BOOLEAN NOT NULL DEFAULT false,
    CONSTRAINT "client_scope_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "client_scope_client_id_right_key" ON "client_scope" ("client_id", "right");

CREATE TABLE "client_key" (
    "id" UUID NOT NULL,
    "client_id" UUID NOT NULL REFERENCES "client" ("id") ON DELETE CASCADE,
    "kind" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "key_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    CONSTRAINT "client_key_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "client_key_key_hash_key" ON "client_key" ("key_hash");
CREATE INDEX "client_key_client_id_idx" ON "client_key" ("client_id");

CREATE TABLE "outgoing_mail" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "message" BYTEA,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "fault" TEXT NOT NULL DEFAULT '',
    "perhaps_twice" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),
    CONSTRAINT "outgoing_mail_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "outgoing_mail_state_due_at_idx" ON "outgoing_mail" ("state", "due_at");

CREATE TABLE "security_check" (
    "id" UUID NOT NULL,
    "measure" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "note" TEXT NOT NULL DEFAULT '',
    "checked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "security_check_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "security_check_measure_checked_at_idx" ON "security_check" ("measure", "checked_at");

-- As before, with more columns that change by mere use and want no entry for it.
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
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A row of % was % without an entry in the audit log', TG_TABLE_NAME, wanted USING ERRCODE = 'LE002';
  END IF;
  RETURN NULL;
END $$;

SELECT audit_guard('totp', '', 'user_id');
SELECT audit_guard('recovery_code', '', 'id');
SELECT audit_guard('passkey', '', 'id');
SELECT audit_guard('sign_in_link', '', 'id');
SELECT audit_guard('external_identity', '', 'id');
SELECT audit_guard('client', '', 'id');
SELECT audit_guard('client_scope', '', 'id');
SELECT audit_guard('client_key', '', 'id');
SELECT audit_guard('security_check', '', 'id');

-- Tells every process at once when somebody's access changed, whoever changed it. New sessions change nobody's.
CREATE FUNCTION access_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('lethe_access', '');
  RETURN NULL;
END $$;
CREATE TRIGGER access_changed AFTER UPDATE OF disabled_at, signed_out_at OR DELETE ON user_account
  FOR EACH STATEMENT EXECUTE FUNCTION access_changed();
CREATE TRIGGER access_changed AFTER UPDATE OF purposes OR DELETE ON role
  FOR EACH STATEMENT EXECUTE FUNCTION access_changed();
CREATE TRIGGER access_changed AFTER INSERT OR UPDATE OR DELETE ON role_grant
  FOR EACH STATEMENT EXECUTE FUNCTION access_changed();
CREATE TRIGGER access_changed AFTER INSERT OR UPDATE OR DELETE ON role_assignment
  FOR EACH STATEMENT EXECUTE FUNCTION access_changed();
CREATE TRIGGER access_changed AFTER UPDATE OF ended_at OR DELETE ON session
  FOR EACH STATEMENT EXECUTE FUNCTION access_changed();
CREATE TRIGGER access_changed AFTER UPDATE OF disabled_at, origins OR DELETE ON client
  FOR EACH STATEMENT EXECUTE FUNCTION access_changed();
CREATE TRIGGER access_changed AFTER INSERT OR UPDATE OR DELETE ON client_scope
  FOR EACH STATEMENT EXECUTE FUNCTION access_changed();
CREATE TRIGGER access_changed AFTER UPDATE OF revoked_at, expires_at OR DELETE ON client_key
  FOR EACH STATEMENT EXECUTE FUNCTION access_changed();

CREATE FUNCTION mail_queued() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('lethe_mail', '');
  RETURN NULL;
END $$;
CREATE TRIGGER mail_queued AFTER INSERT ON outgoing_mail FOR EACH STATEMENT EXECUTE FUNCTION mail_queued();

-- Refused sign-ins, for the review of security: few among many entries.
CREATE INDEX "system_audit_entry_refused_idx" ON "system_audit_entry" ("id") WHERE "action" = 'refused';

-- Data-protection officers of installations that are older than the review of security may record checks, too. A
-- UUIDv7, so that the entry sorts by time like the others.
WITH granted AS (
  INSERT INTO role_grant (role_id, "right", read, write)
  SELECT id, 'security.review', true, true FROM role WHERE key = 'data-protection-officer' AND built_in
  ON CONFLICT DO NOTHING
  RETURNING role_id, "right", read, write)
INSERT INTO system_audit_entry (id, request_id, actor_kind, action, operation, entity, entity_id, fields, "values")
SELECT
  (lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
    || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
  gen_random_uuid()::text, 'system', 'created', 'upgrade', 'Grant', role_id, ARRAY['grant'],
  jsonb_build_object('grant', jsonb_build_object('new', jsonb_build_object('right', "right", 'read', read, 'write', write)))
FROM granted;
