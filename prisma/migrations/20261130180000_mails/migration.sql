-- Mails to contacts, and the links in them.

-- Whom a mail is about, so that it is asked again, before it goes out, whether it may. The queue stays one table, and no
-- distributed one: most of its mails are about no contact, and queues belong to one node.
ALTER TABLE "outgoing_mail"
    ADD COLUMN "contact_id" UUID,
    ADD COLUMN "purposes" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    ADD COLUMN "request_id" UUID,
    ADD CONSTRAINT "outgoing_mail_about_one" CHECK ("contact_id" IS NULL OR "request_id" IS NULL),
    ADD CONSTRAINT "outgoing_mail_state_known" CHECK ("state" IN ('queued', 'sending', 'sent', 'failed', 'cancelled'));
CREATE INDEX "outgoing_mail_contact_id_idx" ON "outgoing_mail" ("contact_id") WHERE "contact_id" IS NOT NULL;
CREATE INDEX "outgoing_mail_request_id_idx" ON "outgoing_mail" ("request_id") WHERE "request_id" IS NOT NULL;

CREATE TABLE "contact_link" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "purposes" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "token_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "contact_link_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "contact_link_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("contact_id") ON DELETE CASCADE
);
-- Not unique, which would have to include the contact: that two random tokens have one hash does not happen.
CREATE INDEX "contact_link_token_hash_idx" ON "contact_link" ("token_hash");
CREATE INDEX "contact_link_expires_at_idx" ON "contact_link" ("expires_at");
SELECT audit_guard('contact_link', 'contact_id', 'id');

-- Links about a request of which nobody knows yet whether there is a contact: nothing in them says who asked.
CREATE TABLE "request_link" (
    "token_hash" TEXT NOT NULL,
    "request_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "purposes" TEXT[] NOT NULL,
    "notices" JSONB NOT NULL DEFAULT '{}',
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "outcome" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "request_link_pkey" PRIMARY KEY ("token_hash")
);
CREATE INDEX "request_link_request_id_idx" ON "request_link" ("request_id");
CREATE INDEX "request_link_expires_at_idx" ON "request_link" ("expires_at");
