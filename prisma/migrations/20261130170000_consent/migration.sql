-- Consent from partners' pages and programs.

-- Of persons who may be no contacts: sealed, and gone when they expire. No distributed table, as nobody's contact leads it.
CREATE TABLE "consent_request" (
    "id" UUID NOT NULL,
    "client_id" UUID,
    "person_hash" TEXT NOT NULL,
    "content" BYTEA NOT NULL,
    "token_hash" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consent_request_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "consent_request_token_hash_key" ON "consent_request" ("token_hash");
CREATE INDEX "consent_request_person_hash_idx" ON "consent_request" ("person_hash");
CREATE INDEX "consent_request_expires_at_idx" ON "consent_request" ("expires_at");

CREATE TABLE "consent_handle" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "purposes" TEXT[] NOT NULL,
    "client_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consent_handle_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "consent_handle_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("contact_id") ON DELETE CASCADE
);
CREATE INDEX "consent_handle_token_hash_idx" ON "consent_handle" ("token_hash");
CREATE INDEX "consent_handle_expires_at_idx" ON "consent_handle" ("expires_at");
SELECT audit_guard('consent_handle', 'contact_id', 'id');

CREATE TABLE "consent_call" (
    "scope" TEXT NOT NULL,
    "key_hash" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "answer" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consent_call_pkey" PRIMARY KEY ("scope", "key_hash")
);
CREATE INDEX "consent_call_expires_at_idx" ON "consent_call" ("expires_at");

CREATE TABLE "consent_client_protection" (
    "client_id" UUID NOT NULL,
    "proof_of_work" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "consent_client_protection_pkey" PRIMARY KEY ("client_id"),
    CONSTRAINT "consent_client_protection_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "client" ("id") ON DELETE CASCADE,
    CONSTRAINT "consent_client_protection_bearable" CHECK ("proof_of_work" BETWEEN 0 AND 20)
);
SELECT audit_guard('consent_client_protection', '', 'client_id');

CREATE TABLE "consent_trapped_forms" (
    "client_id" UUID NOT NULL,
    "count" BIGINT NOT NULL DEFAULT 0,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consent_trapped_forms_pkey" PRIMARY KEY ("client_id"),
    CONSTRAINT "consent_trapped_forms_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "client" ("id") ON DELETE CASCADE
);

CREATE TABLE "consent_spent_proof" (
    "challenge_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consent_spent_proof_pkey" PRIMARY KEY ("challenge_hash")
);
CREATE INDEX "consent_spent_proof_expires_at_idx" ON "consent_spent_proof" ("expires_at");

CREATE TABLE "consent_accepted_notices" (
    "purpose_key" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "since" INTEGER NOT NULL,

    CONSTRAINT "consent_accepted_notices_pkey" PRIMARY KEY ("purpose_key"),
    CONSTRAINT "consent_accepted_notices_purpose_key_fkey" FOREIGN KEY ("purpose_key") REFERENCES "purpose" ("key"),
    CONSTRAINT "consent_accepted_notices_since_positive" CHECK ("since" > 0)
);
CREATE UNIQUE INDEX "consent_accepted_notices_id_key" ON "consent_accepted_notices" ("id");
SELECT audit_guard('consent_accepted_notices', '', 'id');

CREATE TABLE "consent_record_key" (
    "generation" INTEGER NOT NULL,
    "id" UUID NOT NULL,
    "public_key" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "consent_record_key_pkey" PRIMARY KEY ("generation")
);
CREATE UNIQUE INDEX "consent_record_key_id_key" ON "consent_record_key" ("id");
SELECT audit_guard('consent_record_key', '', 'id');
