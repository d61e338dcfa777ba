-- The register of erasures (Art. 17 GDPR), whom they are about until they are gone, and what is left of them: random ids.
CREATE TABLE "erasure" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "set_id" UUID REFERENCES "erasure" ("id"),
    "contacts" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "ground" TEXT NOT NULL,
    "categories" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "related" JSONB NOT NULL DEFAULT '{}',
    "fingerprints" BOOLEAN NOT NULL DEFAULT false,
    "request_id" UUID,
    "requester_kind" TEXT NOT NULL,
    "requester_id" UUID,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "approver_ids" UUID[] NOT NULL DEFAULT ARRAY[]::UUID[],
    "approved_at" TIMESTAMPTZ(3),
    "automatic" BOOLEAN NOT NULL DEFAULT false,
    "decided_at" TIMESTAMPTZ(3),
    "decider_id" UUID,
    "article" TEXT,
    "told_at" TIMESTAMPTZ(3),
    "told_how" TEXT,
    "executed_at" TIMESTAMPTZ(3),
    "counts" JSONB,
    "retained" JSONB,
    "ledger_sequence" BIGINT,
    "ledger_hash" TEXT,
    "replays" INTEGER NOT NULL DEFAULT 0,
    "replayed_at" TIMESTAMPTZ(3),
    "untold_clients" UUID[] NOT NULL DEFAULT ARRAY[]::UUID[],
    "clients_told_at" TIMESTAMPTZ(3),
    "fault" TEXT NOT NULL DEFAULT '',
    CONSTRAINT "erasure_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "erasure_kind_known" CHECK ("kind" IN ('contact', 'set', 'batch')),
    CONSTRAINT "erasure_batch_of_set" CHECK (("kind" = 'batch') = ("set_id" IS NOT NULL)),
    CONSTRAINT "erasure_state_known" CHECK ("state" IN
      ('requested', 'approved', 'queued', 'executing', 'held', 'executed', 'refused', 'cancelled', 'failed')),
    CONSTRAINT "erasure_ground_known" CHECK ("ground" IN
      ('no_longer_needed', 'consent_withdrawn', 'objection', 'unlawful', 'legal_obligation', 'child', 'retention_ended')),
    -- What is done is proven: when, with what, and where it stands in the ledger.
    CONSTRAINT "erasure_proven" CHECK ("state" <> 'executed'
      OR ("executed_at" IS NOT NULL AND "counts" IS NOT NULL AND ("ledger_sequence" IS NOT NULL OR "contacts" = 0))),
    -- A refusal names its article (Art. 12(4), 17(3) GDPR).
    CONSTRAINT "erasure_refusal_reasoned" CHECK ("state" <> 'refused' OR ("article" <> '' AND "decided_at" IS NOT NULL)),
    CONSTRAINT "erasure_told" CHECK (("told_at" IS NULL) = ("told_how" IS NULL))
);
CREATE INDEX "erasure_state_id_idx" ON "erasure" ("state", "id");
CREATE INDEX "erasure_set_id_id_idx" ON "erasure" ("set_id", "id");
CREATE INDEX "erasure_request_id_idx" ON "erasure" ("request_id");

-- What was executed, refused or cancelled stays so; and nobody approves twice.
CREATE FUNCTION erasure_step() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF old.state IN ('executed', 'refused', 'cancelled') AND new.state <> old.state
    -- The ledger is right: an older state of the database may hold that it was not executed.
    AND NOT (new.state = 'executed' AND new.replays > old.replays) THEN
    RAISE EXCEPTION 'an erasure that was % stays so', old.state USING ERRCODE = 'check_violation';
  END IF;
  IF new.ground <> old.ground OR new.kind <> old.kind OR new.categories <> old.categories OR new.related <> old.related
    OR new.requested_at <> old.requested_at THEN
    RAISE EXCEPTION 'what was asked for stays' USING ERRCODE = 'check_violation';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER erasure_step BEFORE UPDATE ON erasure FOR EACH ROW EXECUTE FUNCTION erasure_step();

CREATE TABLE "erasure_subject" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "erasure_id" UUID NOT NULL REFERENCES "erasure" ("id") ON DELETE CASCADE,
    "held_since" TIMESTAMPTZ(3),
    "moved_from" UUID,
    CONSTRAINT "erasure_subject_pkey" PRIMARY KEY ("contact_id", "erasure_id")
);
CREATE INDEX "erasure_subject_erasure_id_contact_id_idx" ON "erasure_subject" ("erasure_id", "contact_id");

CREATE TABLE "erasure_work" (
    "id" UUID NOT NULL REFERENCES "erasure" ("id") ON DELETE CASCADE,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "is_running" BOOLEAN NOT NULL DEFAULT false,
    CONSTRAINT "erasure_work_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "erasure_work_due_at_idx" ON "erasure_work" ("due_at");

CREATE FUNCTION erasure_queued() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('lethe_erasures', '');
  RETURN NULL;
END $$;
CREATE TRIGGER erasure_queued AFTER INSERT ON erasure_work FOR EACH STATEMENT EXECUTE FUNCTION erasure_queued();

-- It has no key to the contact, which is gone, and none to the register, which may be older than the ledger.
CREATE TABLE "erased_contact" (
    "contact_id" UUID NOT NULL,
    "erasure_id" UUID NOT NULL,
    "ledger_sequence" BIGINT NOT NULL,
    "erased_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "erased_contact_pkey" PRIMARY KEY ("contact_id", "erasure_id")
);
CREATE INDEX "erased_contact_erasure_id_idx" ON "erased_contact" ("erasure_id");
CREATE INDEX "erased_contact_ledger_sequence_idx" ON "erased_contact" ("ledger_sequence");

CREATE TABLE "erasure_fingerprint" (
    "id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "erasure_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "erasure_fingerprint_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "erasure_fingerprint_kind_known" CHECK ("kind" IN ('email', 'phone'))
);
CREATE UNIQUE INDEX "erasure_fingerprint_hash_key" ON "erasure_fingerprint" ("hash");

-- Nobody is told twice.
CREATE INDEX "erasure_notice_erased_id_idx" ON "erasure_notice" ("erased_id");

SELECT audit_guard('erasure', '', 'id');
SELECT audit_guard('erasure_fingerprint', '', 'id');
