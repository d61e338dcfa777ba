-- Custom fields: definitions that administrators make at run time, and their values in one column of the contact.

ALTER TABLE contact ADD COLUMN custom_fields JSONB NOT NULL DEFAULT '{}';
ALTER TABLE contact ADD CONSTRAINT contact_custom_fields_object CHECK (jsonb_typeof(custom_fields) = 'object');

CREATE TABLE "field_definition" (
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "labels" JSONB NOT NULL,
    "help" JSONB NOT NULL DEFAULT '{}',
    "group_name" TEXT NOT NULL DEFAULT '',
    "position" INTEGER NOT NULL DEFAULT 0,
    "required" BOOLEAN NOT NULL DEFAULT false,
    "is_unique" BOOLEAN NOT NULL DEFAULT false,
    "min" TEXT,
    "max" TEXT,
    "max_length" INTEGER,
    "pattern" TEXT NOT NULL DEFAULT '',
    "options" JSONB NOT NULL DEFAULT '[]',
    "default_value" JSONB,
    "category" TEXT NOT NULL,
    "sensitive" BOOLEAN NOT NULL DEFAULT false,
    "purpose" TEXT NOT NULL REFERENCES "purpose" ("key"),
    "retention_class" TEXT NOT NULL REFERENCES "retention_class" ("key"),
    "partners" TEXT NOT NULL DEFAULT 'none',
    "contact" TEXT NOT NULL DEFAULT 'none',
    "index_requested_at" TIMESTAMPTZ(3),
    "former_kind" TEXT,
    "clears" BOOLEAN NOT NULL DEFAULT false,
    "retired_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "field_definition_pkey" PRIMARY KEY ("id"),
    -- It stands in the names and expressions of indexes, and in those of rights.
    CONSTRAINT "field_definition_key_form" CHECK ("key" ~ '^[a-z][a-z0-9_]{0,39}$' AND "key" <> 'definitions'),
    CONSTRAINT "field_definition_kind_known" CHECK ("kind" IN ('text', 'long_text', 'integer', 'decimal', 'money', 'boolean', 'date',
      'date_time', 'email', 'phone', 'url', 'country', 'choice', 'choices', 'document', 'file')),
    -- Classification is not optional.
    CONSTRAINT "field_definition_classified" CHECK ("category" <> ''),
    -- What is sealed can be neither found nor compared.
    CONSTRAINT "field_definition_sealed" CHECK (NOT ("sensitive" AND ("is_unique" OR "index_requested_at" IS NOT NULL))),
    CONSTRAINT "field_definition_clears" CHECK (NOT "clears" OR "former_kind" IS NOT NULL),
    CONSTRAINT "field_definition_partners_known" CHECK ("partners" IN ('none', 'see', 'fill')),
    CONSTRAINT "field_definition_contact_known" CHECK ("contact" IN ('none', 'see', 'fill'))
);
CREATE UNIQUE INDEX "field_definition_key_key" ON "field_definition"("key");

CREATE TABLE "field_claim" (
    "field" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "contact_id" UUID NOT NULL,

    CONSTRAINT "field_claim_pkey" PRIMARY KEY ("field","value")
);
CREATE INDEX "field_claim_contact_id_idx" ON "field_claim"("contact_id");

CREATE TABLE "field_file" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "field" TEXT NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "field_file_pkey" PRIMARY KEY ("contact_id","id")
);

ALTER TABLE "field_claim" ADD CONSTRAINT "field_claim_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact"("contact_id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "field_file" ADD CONSTRAINT "field_file_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact"("contact_id") ON DELETE CASCADE ON UPDATE CASCADE;

SELECT audit_guard('field_definition', '', 'id');
SELECT audit_guard('field_file', 'contact_id', 'id');

-- Tells every process at once that a definition changed.
CREATE FUNCTION fields_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('lethe_fields', '');
  RETURN NULL;
END $$;
CREATE TRIGGER fields_changed AFTER INSERT OR UPDATE OR DELETE ON field_definition
  FOR EACH STATEMENT EXECUTE FUNCTION fields_changed();
