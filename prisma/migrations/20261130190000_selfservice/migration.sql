-- The page where contacts look after their own data: ways in, visits, what they ask for and what they correct.

CREATE TABLE "self_service_link" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "handed_over" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    CONSTRAINT "self_service_link_pkey" PRIMARY KEY ("contact_id", "id")
);

CREATE TABLE "self_service_session" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    CONSTRAINT "self_service_session_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "self_service_session_method_known" CHECK ("method" IN ('link', 'handed_over', 'code'))
);

-- Of nobody in particular: whose it is, is sealed. Gone after ten minutes, so nothing of it is in the log.
CREATE TABLE "self_service_code" (
    "id" UUID NOT NULL,
    "browser_hash" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "owner" BYTEA NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "self_service_code_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "self_service_code_browser_hash_idx" ON "self_service_code" ("browser_hash");
CREATE INDEX "self_service_code_expires_at_idx" ON "self_service_code" ("expires_at");

CREATE TABLE "subject_request" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "channel" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'open',
    "statement" BYTEA,
    CONSTRAINT "subject_request_pkey" PRIMARY KEY ("contact_id", "id")
);
CREATE INDEX "subject_request_status_due_at_id_idx" ON "subject_request" ("status", "due_at", "id");
-- One request a right, whoever asks.
CREATE UNIQUE INDEX subject_request_open ON subject_request (contact_id, kind) WHERE status = 'open';

CREATE TABLE "correction_proposal" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "field" TEXT NOT NULL,
    "change" BYTEA NOT NULL,
    "state" TEXT NOT NULL,
    "proposed_at" TIMESTAMPTZ(3) NOT NULL,
    "direct" BOOLEAN NOT NULL DEFAULT false,
    "token_hash" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "decided_at" TIMESTAMPTZ(3),
    "reason" BYTEA,
    CONSTRAINT "correction_proposal_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "correction_proposal_state_known"
      CHECK ("state" IN ('unconfirmed', 'open', 'accepted', 'rejected', 'replaced'))
);
CREATE INDEX "correction_proposal_state_id_idx" ON "correction_proposal" ("state", "id");

CREATE TABLE "correction_mode" (
    "field" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "mode" TEXT NOT NULL,
    CONSTRAINT "correction_mode_pkey" PRIMARY KEY ("field"),
    CONSTRAINT "correction_mode_known" CHECK ("mode" IN ('direct', 'propose', 'none'))
);
CREATE UNIQUE INDEX "correction_mode_id_key" ON "correction_mode" ("id");

SELECT audit_guard('self_service_link', 'contact_id', 'id');
SELECT audit_guard('self_service_session', 'contact_id', 'id');
SELECT audit_guard('subject_request', 'contact_id', 'id');
SELECT audit_guard('correction_proposal', 'contact_id', 'id');
SELECT audit_guard('correction_mode', '', 'id');
