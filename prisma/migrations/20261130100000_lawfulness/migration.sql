-- Purposes of processing (Art. 30 GDPR), how long their data is kept, and what persons are told about them.

CREATE TYPE "retention_start" AS ENUM
  ('collected', 'last_contact', 'last_use', 'end_of_contract', 'end_of_purpose', 'end_of_calendar_year');
CREATE TYPE "retention_action" AS ENUM ('erase', 'anonymise', 'restrict');

CREATE TABLE "retention_class" (
    "key" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "names" JSONB NOT NULL,
    "period" TEXT NOT NULL,
    "start" "retention_start" NOT NULL,
    "citation" TEXT NOT NULL DEFAULT '',
    "action" "retention_action" NOT NULL,
    "retired_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "retention_class_pkey" PRIMARY KEY ("key")
);
CREATE UNIQUE INDEX "retention_class_id_key" ON "retention_class" ("id");

CREATE TABLE "purpose" (
    "key" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "parent_key" TEXT REFERENCES "purpose" ("key"),
    "names" JSONB NOT NULL,
    "descriptions" JSONB NOT NULL,
    "grounds" "legal_ground"[],
    "special_categories" BOOLEAN NOT NULL DEFAULT false,
    "direct_marketing" BOOLEAN NOT NULL DEFAULT false,
    "default_validity" TEXT,
    "data_subjects" TEXT[],
    "data_categories" TEXT[],
    "recipients" TEXT[],
    "transfers" TEXT[],
    "retention_key" TEXT REFERENCES "retention_class" ("key"),
    "notice_version" INTEGER NOT NULL DEFAULT 0,
    "retired_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "purpose_pkey" PRIMARY KEY ("key")
);
CREATE UNIQUE INDEX "purpose_id_key" ON "purpose" ("id");
CREATE INDEX "purpose_parent_key_idx" ON "purpose" ("parent_key");

CREATE TABLE "purpose_version" (
    "purpose_id" UUID NOT NULL REFERENCES "purpose" ("id"),
    "id" UUID NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "grounds" "legal_ground"[],
    "special_categories" BOOLEAN NOT NULL,
    CONSTRAINT "purpose_version_pkey" PRIMARY KEY ("purpose_id", "id")
);

CREATE TABLE "notice" (
    "id" UUID NOT NULL,
    "purpose_key" TEXT NOT NULL REFERENCES "purpose" ("key"),
    "version" INTEGER NOT NULL,
    "language" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "notice_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "notice_sha256" CHECK ("sha256" = encode(sha256(convert_to("text", 'UTF8')), 'hex'))
);
CREATE UNIQUE INDEX "notice_purpose_key_version_language_key" ON "notice" ("purpose_key", "version", "language");

SELECT audit_guard('retention_class', '', 'id');
SELECT audit_guard('purpose', '', 'id');
SELECT audit_guard('notice', '', 'id');

-- The entry of a version is that of its purpose, which was made or changed in the same transaction.
CREATE FUNCTION lawfulness_require_purpose() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM system_audit_entry e
    WHERE e.transaction_id = pg_current_xact_id()::text::bigint AND e.entity_id = NEW.purpose_id AND e.action IN ('created', 'updated');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A row of % was changed without an entry in the audit log', TG_TABLE_NAME USING ERRCODE = 'LE002';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_required AFTER INSERT ON purpose_version DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION lawfulness_require_purpose();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON purpose_version
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- What decides over contacts that were told or asked already can't become something else. Conditions of triggers are written as
-- PostgreSQL tells them: what it has is compared with this.
CREATE FUNCTION lawfulness_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'Rows of % stay as they are', TG_TABLE_NAME USING ERRCODE = 'LE003';
END $$;
CREATE TRIGGER notice_fixed BEFORE UPDATE OR DELETE ON notice
  FOR EACH ROW EXECUTE FUNCTION lawfulness_refuse_change();
CREATE TRIGGER purpose_version_fixed BEFORE UPDATE OR DELETE ON purpose_version
  FOR EACH ROW EXECUTE FUNCTION lawfulness_refuse_change();
CREATE TRIGGER purpose_fixed BEFORE UPDATE ON purpose
  FOR EACH ROW WHEN (((old.key IS DISTINCT FROM new.key) OR (old.parent_key IS DISTINCT FROM new.parent_key)
    OR (old.direct_marketing IS DISTINCT FROM new.direct_marketing)))
  EXECUTE FUNCTION lawfulness_refuse_change();
CREATE TRIGGER purpose_kept BEFORE DELETE ON purpose
  FOR EACH ROW EXECUTE FUNCTION lawfulness_refuse_change();
