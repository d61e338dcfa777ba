-- Which partner received which field of a contact. Bookkeeping of reads, as many as there are.
CREATE TABLE "recipient_read" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "client_id" UUID NOT NULL,
    "field" TEXT NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "recipient_read_pkey" PRIMARY KEY ("contact_id", "id")
);
CREATE UNIQUE INDEX "recipient_read_contact_id_client_id_field_key" ON "recipient_read" ("contact_id", "client_id", "field");

-- Who is to be told, and was, that data was rectified.
CREATE TABLE "recipient_notice" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "client_id" UUID,
    "recipient" TEXT NOT NULL,
    "fields" TEXT[] NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "how" TEXT NOT NULL DEFAULT '',
    "told_at" TIMESTAMPTZ(3),
    "fault" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "recipient_notice_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "recipient_notice_state_known" CHECK ("state" IN ('open', 'told', 'not_possible')),
    CONSTRAINT "recipient_notice_told" CHECK (("state" = 'told') = ("told_at" IS NOT NULL))
);
CREATE INDEX "recipient_notice_state_id_idx" ON "recipient_notice" ("state", "id");
SELECT audit_guard('recipient_notice', 'contact_id', 'id');

CREATE TABLE "recipient_sending" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "give_up_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "recipient_sending_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "recipient_sending_notice_fkey" FOREIGN KEY ("contact_id", "id")
      REFERENCES "recipient_notice" ("contact_id", "id") ON DELETE CASCADE
);
CREATE INDEX "recipient_sending_due_at_idx" ON "recipient_sending" ("due_at");

-- What happened before was told by whoever changed it.
CREATE TABLE "recipient_cursor" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "position" BIGINT NOT NULL,
    CONSTRAINT "recipient_cursor_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "recipient_cursor_one" CHECK ("id" = 1)
);
INSERT INTO "recipient_cursor" ("position") SELECT coalesce(max("leaf_index") + 1, 0) FROM "audit_leaf";
