-- Requests of persons: what becomes of them, what was written about them, and those of whom nobody knows yet whose they are.

ALTER TABLE "subject_request"
    ADD COLUMN "case_id" UUID,
    ADD COLUMN "assignee_id" UUID,
    ADD COLUMN "verification_method" TEXT,
    ADD COLUMN "verified_at" TIMESTAMPTZ(3),
    ADD COLUMN "verifier_id" UUID,
    ADD COLUMN "verification_asked_at" TIMESTAMPTZ(3),
    ADD COLUMN "verification_due_at" TIMESTAMPTZ(3),
    ADD COLUMN "paused_days" INTEGER,
    ADD COLUMN "extended_at" TIMESTAMPTZ(3),
    ADD COLUMN "extension_reason" BYTEA,
    ADD COLUMN "produced_at" TIMESTAMPTZ(3),
    ADD COLUMN "package_id" UUID,
    ADD COLUMN "delivered_at" TIMESTAMPTZ(3),
    ADD COLUMN "delivery" TEXT,
    ADD COLUMN "decided_at" TIMESTAMPTZ(3),
    ADD COLUMN "decider_id" UUID,
    ADD COLUMN "partly" BOOLEAN,
    ADD COLUMN "denial" TEXT,
    ADD COLUMN "article" TEXT,
    ADD COLUMN "decision_reason" BYTEA,
    ADD COLUMN "lifted_at" TIMESTAMPTZ(3),
    ADD COLUMN "reminded_at" TIMESTAMPTZ(3),
    ADD COLUMN "overdue_at" TIMESTAMPTZ(3),
    ADD COLUMN "moved_from" UUID[] NOT NULL DEFAULT ARRAY[]::UUID[],
    ADD CONSTRAINT subject_request_kind_known CHECK (kind IN
      ('access', 'rectification', 'erasure', 'restriction', 'portability', 'objection', 'automated_decision')),
    ADD CONSTRAINT subject_request_status_known CHECK (status IN
      ('open', 'needs_verification', 'in_progress', 'fulfilled', 'denied', 'revoked', 'expired')),
    ADD CONSTRAINT subject_request_decided CHECK
      ((decided_at IS NOT NULL) = (status IN ('fulfilled', 'denied', 'revoked', 'expired'))),
    -- A denial names its article and its reason (Art. 12(4) GDPR).
    ADD CONSTRAINT subject_request_denial_reasoned CHECK
      ((status = 'denied') = (denial IS NOT NULL)
       AND (denial IS NULL OR (article <> '' AND decision_reason IS NOT NULL))),
    ADD CONSTRAINT subject_request_denial_known CHECK
      (denial IN ('no_match', 'insufficient_verification', 'not_covered', 'excessive', 'other')),
    -- In part: what is missing has its article and reason, too.
    ADD CONSTRAINT subject_request_part_reasoned CHECK
      (partly IS NOT TRUE OR (status = 'fulfilled' AND article <> '' AND decision_reason IS NOT NULL)),
    -- Data is handed out to those alone who are known to be who they say.
    ADD CONSTRAINT subject_request_delivered CHECK
      (status <> 'fulfilled' OR kind NOT IN ('access', 'portability')
       OR (produced_at IS NOT NULL AND delivered_at IS NOT NULL AND verified_at IS NOT NULL)),
    ADD CONSTRAINT subject_request_steps_in_order CHECK (delivered_at IS NULL OR produced_at IS NOT NULL),
    ADD CONSTRAINT subject_request_asked CHECK (status <> 'needs_verification' OR verification_asked_at IS NOT NULL),
    ADD CONSTRAINT subject_request_lifted CHECK (lifted_at IS NULL OR (kind = 'restriction' AND status = 'fulfilled'));

CREATE INDEX "subject_request_id_idx" ON "subject_request" ("id");
CREATE INDEX "subject_request_due_at_id_idx" ON "subject_request" ("due_at", "id");
CREATE INDEX "subject_request_assignee_id_due_at_id_idx" ON "subject_request" ("assignee_id", "due_at", "id");
CREATE INDEX "subject_request_received_at_id_idx" ON "subject_request" ("received_at", "id");
-- One request a right, whoever asks; what came along in a merge stays beside it.
DROP INDEX subject_request_open;
CREATE UNIQUE INDEX subject_request_open ON subject_request (contact_id, kind)
  WHERE status IN ('open', 'needs_verification', 'in_progress') AND moved_from = '{}';
-- What the watch looks for.
CREATE INDEX subject_request_undecided ON subject_request (due_at) WHERE status IN ('open', 'in_progress');
CREATE INDEX subject_request_asked_until ON subject_request (verification_due_at) WHERE status = 'needs_verification';

-- Which steps there are. What was decided stays so.
CREATE FUNCTION subject_request_step() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF old.status IN ('fulfilled', 'denied', 'revoked', 'expired') AND (
    new.status <> old.status OR new.decided_at IS DISTINCT FROM old.decided_at OR new.due_at <> old.due_at
    OR new.denial IS DISTINCT FROM old.denial OR new.article IS DISTINCT FROM old.article
    OR new.delivered_at IS DISTINCT FROM old.delivered_at OR new.produced_at IS DISTINCT FROM old.produced_at) THEN
    RAISE EXCEPTION 'a request that was decided stays as it is' USING ERRCODE = 'check_violation';
  END IF;
  IF new.status <> old.status AND (old.status || ' ' || new.status) NOT IN (
    'open needs_verification', 'open in_progress', 'open fulfilled', 'open denied', 'open revoked',
    'needs_verification in_progress', 'needs_verification denied', 'needs_verification revoked', 'needs_verification expired',
    'in_progress needs_verification', 'in_progress fulfilled', 'in_progress denied', 'in_progress revoked') THEN
    RAISE EXCEPTION 'a request can''t go from % to %', old.status, new.status USING ERRCODE = 'check_violation';
  END IF;
  IF new.received_at <> old.received_at OR new.kind <> old.kind
    OR (old.extended_at IS NOT NULL AND new.extended_at IS DISTINCT FROM old.extended_at) THEN
    RAISE EXCEPTION 'when a request came, of which right, and that it was extended once stays' USING ERRCODE = 'check_violation';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER subject_request_step BEFORE UPDATE ON subject_request
  FOR EACH ROW EXECUTE FUNCTION subject_request_step();

CREATE TABLE "subject_message" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "case_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "incoming" BOOLEAN NOT NULL,
    "channel" TEXT NOT NULL,
    "written_at" TIMESTAMPTZ(3) NOT NULL,
    "author_id" UUID,
    "text" BYTEA NOT NULL,
    CONSTRAINT "subject_message_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT subject_message_kind_known CHECK (kind IN
      ('receipt', 'verification', 'extension', 'decision', 'restriction', 'message', 'reply')),
    CONSTRAINT subject_message_incoming CHECK (incoming = (kind = 'reply'))
);
CREATE INDEX "subject_message_contact_id_case_id_id_idx" ON "subject_message" ("contact_id", "case_id", "id");

CREATE TABLE "incoming_request" (
    "id" UUID NOT NULL,
    "kinds" TEXT[],
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "channel" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'open',
    "said" BYTEA,
    "scope" TEXT NOT NULL,
    "key_hash" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "decider_id" UUID,
    "sought_at" TIMESTAMPTZ(3),
    "overdue_at" TIMESTAMPTZ(3),
    CONSTRAINT "incoming_request_pkey" PRIMARY KEY ("id"),
    CONSTRAINT incoming_request_status_known CHECK (status IN ('open', 'matched', 'denied')),
    -- What was said is kept until it is decided, and no longer.
    CONSTRAINT incoming_request_forgotten CHECK ((status = 'open') = (said IS NOT NULL) AND (status = 'open') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX "incoming_request_scope_key_hash_key" ON "incoming_request" ("scope", "key_hash");
CREATE INDEX "incoming_request_status_due_at_id_idx" ON "incoming_request" ("status", "due_at", "id");

CREATE TABLE "answered_request" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "received_on" DATE NOT NULL,
    "decided_on" DATE,
    "status" TEXT NOT NULL,
    "denial" TEXT,
    "article" TEXT,
    "in_time" BOOLEAN NOT NULL,
    CONSTRAINT "answered_request_pkey" PRIMARY KEY ("id")
);

SELECT audit_guard('subject_message', 'contact_id', 'id');
SELECT audit_guard('incoming_request', '', 'id');
SELECT audit_guard('answered_request', '', 'id');
