-- Reports that people make. They are settings: what they show is read anew each time, by the rights of whoever reads.

CREATE TABLE "report" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "owner_id" UUID NOT NULL REFERENCES "user_account" ("id"),
    "definition" JSONB NOT NULL,
    "shared_with" UUID[] NOT NULL DEFAULT ARRAY[]::UUID[],
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "report_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "report_owner_id_name_key" ON "report" ("owner_id", "name");
SELECT audit_guard('report', '', 'id');

-- What is about to lapse, and what has lapsed, in the order of time: a report over all contacts reads no more than it shows.
CREATE INDEX "lawful_basis_period_ending" ON "lawful_basis_period" ("valid_until", "contact_id", "event_id")
  WHERE "is_valid" AND "expires";

-- What happened to consents, in the order of time.
CREATE INDEX "lawful_basis_event_consents" ON "lawful_basis_event" ("occurred_at", "contact_id", "id")
  WHERE "ground" = 'consent' AND "kind" <> 'used';

-- Who got to see what is sensitive: few entries among many.
CREATE INDEX "audit_entry_access_idx" ON "audit_entry" ("id") WHERE ("action" = 'read' OR "operation" IN (
  'discloseContact', 'createAccessPackageLink', 'openAccessPackageLink', 'deliverAccessPackage', 'markAccessPackageDelivered'));
CREATE INDEX "system_audit_entry_access_idx" ON "system_audit_entry" ("id") WHERE ("action" = 'read' OR "operation" IN (
  'discloseContact', 'createAccessPackageLink', 'openAccessPackageLink', 'deliverAccessPackage', 'markAccessPackageDelivered'));

-- What is done with all contacts of a report: one action, which a worker does some at a time.
CREATE TABLE "report_reaction" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "report" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "wish" JSONB NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "user_account" ("id"),
    "total" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "changed" INTEGER NOT NULL DEFAULT 0,
    "skipped" JSONB NOT NULL DEFAULT '{}',
    "fault" TEXT NOT NULL DEFAULT '',
    "erasure_id" UUID,
    "request_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    CONSTRAINT "report_reaction_pkey" PRIMARY KEY ("id"),
    CONSTRAINT report_reaction_kind_known CHECK (kind IN ('renew', 'ask_for_consent', 'restrict', 'lift_restriction', 'erase')),
    CONSTRAINT report_reaction_state_known CHECK (state IN ('queued', 'done', 'failed', 'cancelled'))
);
CREATE INDEX "report_reaction_user_id_id_idx" ON "report_reaction" ("user_id", "id");
SELECT audit_guard('report_reaction', '', 'id');

CREATE TABLE "report_reaction_work" (
    "id" UUID NOT NULL REFERENCES "report_reaction" ("id") ON DELETE CASCADE,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "is_running" BOOLEAN NOT NULL DEFAULT false,
    "changed" INTEGER NOT NULL DEFAULT 0,
    "skipped" JSONB NOT NULL DEFAULT '{}',
    CONSTRAINT "report_reaction_work_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "report_reaction_work_due_at_idx" ON "report_reaction_work" ("due_at");

-- Bookkeeping: what is done is in the log.
CREATE TABLE "report_reaction_subject" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "reaction_id" UUID NOT NULL,
    "basis_id" UUID,
    "purpose_key" TEXT,
    CONSTRAINT "report_reaction_subject_pkey" PRIMARY KEY ("contact_id", "id")
);
CREATE INDEX "report_reaction_subject_reaction_id_contact_id_id_idx" ON "report_reaction_subject" ("reaction_id", "contact_id", "id");
