-- Documents: what kinds there are, their versions, whose they are, and which files are to go.

CREATE TABLE "document_type" (
    "key" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "names" JSONB NOT NULL,
    "personal" TEXT NOT NULL,
    "media_types" TEXT[],
    "retention_key" TEXT REFERENCES "retention_class" ("key"),
    "on_erasure" TEXT NOT NULL DEFAULT 'erase',
    "retired_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT "document_type_pkey" PRIMARY KEY ("key"),
    CONSTRAINT "document_type_personal_known" CHECK ("personal" IN ('none', 'linked', 'others')),
    CONSTRAINT "document_type_on_erasure_known" CHECK ("on_erasure" IN ('erase', 'keep'))
);
CREATE UNIQUE INDEX "document_type_id_key" ON "document_type" ("id");

CREATE TABLE "document" (
    "id" UUID NOT NULL,
    "type_key" TEXT NOT NULL REFERENCES "document_type" ("key"),
    "personal" TEXT NOT NULL,
    "title" TEXT,
    "content_key" BYTEA,
    "contact_count" INTEGER NOT NULL,
    "latest" INTEGER NOT NULL,
    "declared_by" TEXT NOT NULL,
    "declarer_id" UUID,
    "declared_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT "document_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "document_personal_known" CHECK ("personal" IN ('none', 'linked', 'others')),
    -- What tells of persons goes with them; without one nothing would open it, and nothing would erase it.
    CONSTRAINT "document_of_persons" CHECK (CASE WHEN "personal" = 'none'
      THEN "title" IS NOT NULL AND "content_key" IS NOT NULL AND "contact_count" >= 0
      ELSE "title" IS NULL AND "content_key" IS NULL AND "contact_count" > 0 END)
);
CREATE INDEX "document_type_key_id_idx" ON "document" ("type_key", "id");
CREATE INDEX "document_created_at_id_idx" ON "document" ("created_at", "id");
CREATE INDEX "document_updated_at_id_idx" ON "document" ("updated_at", "id");
CREATE INDEX document_title_search ON document USING gin (lethe_fold(title) gin_trgm_ops);

CREATE TABLE "document_version" (
    "id" UUID NOT NULL,
    "document_id" UUID NOT NULL REFERENCES "document" ("id"),
    "number" INTEGER NOT NULL,
    "media_type" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "sealed_hash" TEXT NOT NULL,
    "storage_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" UUID,
    CONSTRAINT "document_version_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "document_version_document_id_number_key" ON "document_version" ("document_id", "number");
CREATE INDEX "document_version_sha256_idx" ON "document_version" ("sha256");
CREATE UNIQUE INDEX "document_version_storage_key_key" ON "document_version" ("storage_key");

CREATE TABLE "document_contact" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "document_id" UUID NOT NULL REFERENCES "document" ("id"),
    "title" TEXT NOT NULL DEFAULT '',
    "content_key" BYTEA,
    "latest" INTEGER NOT NULL,
    "copied_from" UUID,
    "linked_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "document_contact_pkey" PRIMARY KEY ("contact_id", "id")
);
CREATE UNIQUE INDEX "document_contact_contact_id_document_id_key" ON "document_contact" ("contact_id", "document_id");
CREATE INDEX "document_contact_document_id_contact_id_idx" ON "document_contact" ("document_id", "contact_id");
CREATE INDEX document_contact_title_search ON document_contact USING gin (lethe_fold(title) gin_trgm_ops);

CREATE TABLE "document_ticket" (
    "token_hash" TEXT NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" UUID,
    "upload" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "document_ticket_pkey" PRIMARY KEY ("token_hash")
);
CREATE INDEX "document_ticket_expires_at_idx" ON "document_ticket" ("expires_at");

CREATE TABLE "document_removal" (
    "storage_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "document_removal_pkey" PRIMARY KEY ("storage_key")
);

SELECT audit_guard('document_type', '', 'id');
SELECT audit_guard('document', '', 'id');
SELECT audit_guard('document_version', '', 'id');
-- In the log, that a document belongs to a contact is a change of the document, told of that contact.
SELECT audit_guard('document_contact', 'contact_id', 'document_id');
