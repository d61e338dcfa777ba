-- The tables of the first modules. Text that people sort by has Unicode's own order (`und-x-icu`), so that Ä stands
-- beside A, whatever the server's locale is.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- CreateEnum
CREATE TYPE "legal_ground" AS ENUM ('consent', 'contract', 'legal_obligation', 'vital_interests', 'public_task', 'legitimate_interests');

-- CreateTable
CREATE TABLE "audit_entry" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "transaction_id" BIGINT NOT NULL DEFAULT 0,
    "request_id" TEXT NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" UUID,
    "action" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "entity_id" UUID NOT NULL,
    "fields" TEXT[],
    "values" JSONB NOT NULL,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("contact_id","id")
);

-- CreateTable
CREATE TABLE "system_audit_entry" (
    "id" UUID NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "transaction_id" BIGINT NOT NULL DEFAULT 0,
    "request_id" TEXT NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" UUID,
    "action" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "entity_id" UUID NOT NULL,
    "fields" TEXT[],
    "values" JSONB NOT NULL,

    CONSTRAINT "system_audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "contact" (
    "contact_id" UUID NOT NULL,
    "title" TEXT COLLATE "und-x-icu" NOT NULL DEFAULT '',
    "given_name" TEXT COLLATE "und-x-icu" NOT NULL DEFAULT '',
    "family_name" TEXT COLLATE "und-x-icu" NOT NULL DEFAULT '',
    "display_name" TEXT COLLATE "und-x-icu" NOT NULL DEFAULT '',
    "organisation" TEXT COLLATE "und-x-icu" NOT NULL DEFAULT '',
    "job_title" TEXT COLLATE "und-x-icu" NOT NULL DEFAULT '',
    "birth_date" DATE,
    "language" TEXT NOT NULL DEFAULT '',
    "time_zone" TEXT NOT NULL DEFAULT '',
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "source" TEXT NOT NULL DEFAULT '',
    "source_at" TIMESTAMPTZ(3),
    "import_id" UUID,
    "merged_into_id" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "contact_pkey" PRIMARY KEY ("contact_id")
);

-- CreateTable
CREATE TABLE "contact_point" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "label" TEXT COLLATE "und-x-icu" NOT NULL DEFAULT '',
    "is_primary" BOOLEAN NOT NULL DEFAULT false,
    "verified_at" TIMESTAMPTZ(3),
    "value" TEXT COLLATE "und-x-icu" NOT NULL DEFAULT '',
    "service" TEXT NOT NULL DEFAULT '',
    "street" TEXT COLLATE "und-x-icu" NOT NULL DEFAULT '',
    "postal_code" TEXT NOT NULL DEFAULT '',
    "city" TEXT COLLATE "und-x-icu" NOT NULL DEFAULT '',
    "region" TEXT COLLATE "und-x-icu" NOT NULL DEFAULT '',
    "country" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "contact_point_pkey" PRIMARY KEY ("contact_id","id")
);

-- CreateTable
CREATE TABLE "contact_merge" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "source_id" UUID NOT NULL,
    "filled" JSONB NOT NULL,
    "point_ids" UUID[],
    "merged_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "undone_at" TIMESTAMPTZ(3),

    CONSTRAINT "contact_merge_pkey" PRIMARY KEY ("contact_id","id")
);

-- CreateTable
CREATE TABLE "import" (
    "id" UUID NOT NULL,
    "file_name" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "source_at" TIMESTAMPTZ(3) NOT NULL,
    "ground" "legal_ground" NOT NULL,
    "ground_note" TEXT NOT NULL DEFAULT '',
    "actor_kind" TEXT NOT NULL,
    "actor_id" UUID,
    "created" INTEGER NOT NULL DEFAULT 0,
    "changed" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "rejected" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "import_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_key" (
    "key" TEXT NOT NULL,
    "contact_id" UUID NOT NULL,

    CONSTRAINT "import_key_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "user_account" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "password_hash" TEXT NOT NULL,
    "password_set_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "role" (
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "built_in" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "role_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "role_grant" (
    "role_id" UUID NOT NULL,
    "right" TEXT NOT NULL,
    "read" BOOLEAN NOT NULL DEFAULT false,
    "write" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "role_grant_pkey" PRIMARY KEY ("role_id","right")
);

-- CreateTable
CREATE TABLE "role_assignment" (
    "user_id" UUID NOT NULL,
    "role_id" UUID NOT NULL,

    CONSTRAINT "role_assignment_pkey" PRIMARY KEY ("user_id","role_id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "address" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "audit_entry_contact_id_transaction_id_idx" ON "audit_entry"("contact_id", "transaction_id");

-- CreateIndex
CREATE INDEX "audit_entry_id_idx" ON "audit_entry"("id");

-- CreateIndex
CREATE INDEX "audit_entry_actor_id_id_idx" ON "audit_entry"("actor_id", "id");

-- CreateIndex
CREATE INDEX "system_audit_entry_transaction_id_idx" ON "system_audit_entry"("transaction_id");

-- CreateIndex
CREATE INDEX "system_audit_entry_actor_id_id_idx" ON "system_audit_entry"("actor_id", "id");

-- CreateIndex
CREATE INDEX "contact_merge_source_id_idx" ON "contact_merge"("source_id");

-- CreateIndex
CREATE INDEX "import_key_contact_id_idx" ON "import_key"("contact_id");

-- CreateIndex
CREATE UNIQUE INDEX "user_account_email_key" ON "user_account"("email");

-- CreateIndex
CREATE UNIQUE INDEX "role_key_key" ON "role"("key");

-- CreateIndex
CREATE INDEX "role_assignment_role_id_idx" ON "role_assignment"("role_id");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_hash_key" ON "session"("token_hash");

-- CreateIndex
CREATE INDEX "session_user_id_idx" ON "session"("user_id");

-- AddForeignKey
ALTER TABLE "contact_point" ADD CONSTRAINT "contact_point_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact"("contact_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "contact_merge" ADD CONSTRAINT "contact_merge_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact"("contact_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_key" ADD CONSTRAINT "import_key_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact"("contact_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_grant" ADD CONSTRAINT "role_grant_role_id_fkey" FOREIGN KEY ("role_id") REFERENCES "role"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_assignment" ADD CONSTRAINT "role_assignment_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user_account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_assignment" ADD CONSTRAINT "role_assignment_role_id_fkey" FOREIGN KEY ("role_id") REFERENCES "role"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user_account"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- Written by hand from here on: what Prisma's schema language can't say.

-- Lower case without accents, for searching: `Müller` is found by `muller`. Immutable, because the dictionary is fixed.
-- Greek has two small letters for one capital.
CREATE FUNCTION lethe_fold(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN replace(lower(unaccent('unaccent'::regdictionary, value)), 'ς', 'σ');

-- Search by any part of a name, an organisation, an address.
CREATE INDEX contact_name_search ON contact
  USING gin (lethe_fold(display_name || ' ' || given_name || ' ' || family_name) gin_trgm_ops);
CREATE INDEX contact_organisation_search ON contact USING gin (lethe_fold(organisation) gin_trgm_ops);
CREATE INDEX contact_point_search ON contact_point USING gin (lethe_fold(value) gin_trgm_ops);
CREATE INDEX contact_tags ON contact USING gin (tags);

-- Lists in each of the usual orders, without merged contacts.
CREATE INDEX contact_by_display_name ON contact (display_name, contact_id) WHERE merged_into_id IS NULL;
CREATE INDEX contact_by_family_name ON contact (family_name, given_name, contact_id) WHERE merged_into_id IS NULL;
CREATE INDEX contact_by_organisation ON contact (organisation, contact_id) WHERE merged_into_id IS NULL;
CREATE INDEX contact_by_birth_date ON contact (coalesce(birth_date, 'infinity'::date), contact_id) WHERE merged_into_id IS NULL;
CREATE INDEX contact_by_birth_date_descending ON contact (coalesce(birth_date, '-infinity'::date), contact_id) WHERE merged_into_id IS NULL;
CREATE INDEX contact_by_creation ON contact (created_at, contact_id) WHERE merged_into_id IS NULL;
CREATE INDEX contact_by_update ON contact (updated_at, contact_id) WHERE merged_into_id IS NULL;
CREATE INDEX contact_by_merge ON contact (merged_into_id) WHERE merged_into_id IS NOT NULL;

-- The same address of two contacts hints at a duplicate.
CREATE INDEX contact_point_by_value ON contact_point (kind, lower(value));

ALTER TABLE contact_point ADD CONSTRAINT contact_point_kind
  CHECK (kind IN ('email', 'phone', 'address', 'website', 'messenger'));
CREATE UNIQUE INDEX contact_point_one_primary ON contact_point (contact_id, kind) WHERE is_primary;
