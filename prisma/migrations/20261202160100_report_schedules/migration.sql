-- Reports by mail: when, which, to whom, and by what attachments are encrypted.

CREATE TABLE "report_schedule" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "owner_id" UUID NOT NULL REFERENCES "user_account" ("id"),
    "report" JSONB NOT NULL,
    "parameters" JSONB NOT NULL,
    "cron" TEXT,
    "time_zone" TEXT NOT NULL,
    "attachment" TEXT,
    "attachments_allowed_at" TIMESTAMPTZ(3),
    "attachments_allowed_by" UUID,
    "even_if_empty" BOOLEAN NOT NULL,
    "enabled_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "report_schedule_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "report_schedule_attachment_known" CHECK ("attachment" IN ('pdf', 'csv', 'xlsx', 'json_lines')),
    CONSTRAINT "report_schedule_allows_what_there_is" CHECK ("attachments_allowed_at" IS NULL OR "attachment" IS NOT NULL)
);
CREATE UNIQUE INDEX "report_schedule_owner_id_name_key" ON "report_schedule" ("owner_id", "name");
SELECT audit_guard('report_schedule', '', 'id');

CREATE TABLE "report_address" (
    "id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "report_address_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "report_address_address_key" ON "report_address" ("address");
SELECT audit_guard('report_address', '', 'id');

CREATE TABLE "report_recipient" (
    "id" UUID NOT NULL,
    "schedule_id" UUID NOT NULL REFERENCES "report_schedule" ("id"),
    "user_id" UUID REFERENCES "user_account" ("id"),
    "address_id" UUID REFERENCES "report_address" ("id"),
    "language" TEXT,
    CONSTRAINT "report_recipient_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "report_recipient_one" CHECK (("user_id" IS NULL) <> ("address_id" IS NULL))
);
CREATE UNIQUE INDEX "report_recipient_schedule_id_user_id_key" ON "report_recipient" ("schedule_id", "user_id");
CREATE UNIQUE INDEX "report_recipient_schedule_id_address_id_key" ON "report_recipient" ("schedule_id", "address_id");
CREATE INDEX "report_recipient_user_id_idx" ON "report_recipient" ("user_id");
CREATE INDEX "report_recipient_address_id_idx" ON "report_recipient" ("address_id");
SELECT audit_guard('report_recipient', '', 'id');

CREATE TABLE "report_protection" (
    "recipient_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "public_key" TEXT,
    "password" BYTEA,
    "fingerprint" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "report_protection_pkey" PRIMARY KEY ("recipient_id"),
    CONSTRAINT "report_protection_kind_known" CHECK ("kind" IN ('smime', 'openpgp', 'pdf_password')),
    CONSTRAINT "report_protection_by_one" CHECK (("kind" = 'pdf_password') = ("password" IS NOT NULL) AND ("public_key" IS NULL) = ("password" IS NOT NULL))
);
SELECT audit_guard('report_protection', '', 'recipient_id');

-- Bookkeeping: changes with time alone.
CREATE TABLE "report_turn" (
    "schedule_id" UUID NOT NULL REFERENCES "report_schedule" ("id") ON DELETE CASCADE,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "begun_at" TIMESTAMPTZ(3),
    "trouble" TEXT NOT NULL DEFAULT '',
    CONSTRAINT "report_turn_pkey" PRIMARY KEY ("schedule_id")
);
CREATE INDEX "report_turn_due_at_idx" ON "report_turn" ("due_at");

CREATE TABLE "report_mailing" (
    "schedule_id" UUID NOT NULL REFERENCES "report_schedule" ("id") ON DELETE CASCADE,
    "recipient_id" UUID NOT NULL,
    "period" TIMESTAMPTZ(3) NOT NULL,
    "mail_id" UUID NOT NULL,
    CONSTRAINT "report_mailing_pkey" PRIMARY KEY ("schedule_id", "recipient_id", "period")
);
CREATE UNIQUE INDEX "report_mailing_mail_id_key" ON "report_mailing" ("mail_id");
CREATE INDEX "report_mailing_period_idx" ON "report_mailing" ("period");

CREATE TABLE "report_presence" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL REFERENCES "report_schedule" ("id") ON DELETE CASCADE,
    "entered_at" TIMESTAMPTZ(3),
    CONSTRAINT "report_presence_pkey" PRIMARY KEY ("contact_id", "id")
);
CREATE INDEX "report_presence_id_entered_at_idx" ON "report_presence" ("id", "entered_at");
