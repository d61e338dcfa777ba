-- How long contacts are kept: rules, legal holds, what is proposed for erasure, what a law keeps of those who were erased, and numbers.

CREATE TABLE "retention_rule" (
    "key" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "names" JSONB NOT NULL,
    "purpose_key" TEXT REFERENCES "purpose" ("key"),
    "ground" "legal_ground",
    "tags" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "retention_key" TEXT REFERENCES "retention_class" ("key"),
    "action" TEXT NOT NULL,
    "retired_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT "retention_rule_pkey" PRIMARY KEY ("key"),
    CONSTRAINT retention_rule_action_known CHECK (action IN ('erase', 'propose', 'restrict')),
    CONSTRAINT retention_rule_has_class CHECK (purpose_key IS NOT NULL OR retention_key IS NOT NULL)
);
CREATE UNIQUE INDEX "retention_rule_id_key" ON "retention_rule" ("id");

CREATE TABLE "retention_run" (
    "id" INTEGER NOT NULL,
    "applied_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "retention_run_pkey" PRIMARY KEY ("id"),
    CONSTRAINT retention_run_one CHECK (id = 1)
);
INSERT INTO "retention_run" VALUES (1, '2000-01-01');

CREATE TABLE "retention_look" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    CONSTRAINT "retention_look_pkey" PRIMARY KEY ("contact_id")
);

CREATE TABLE "legal_hold" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "case_id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "placed_at" TIMESTAMPTZ(3) NOT NULL,
    "placer_id" UUID,
    "lifted_at" TIMESTAMPTZ(3),
    "lifter_id" UUID,
    "lift_reason" TEXT NOT NULL DEFAULT '',
    CONSTRAINT "legal_hold_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT legal_hold_reasoned CHECK (reason <> '' AND (lifted_at IS NULL) = (lift_reason = ''))
);
CREATE INDEX "legal_hold_id_idx" ON "legal_hold" ("id");
CREATE INDEX "legal_hold_case_id_idx" ON "legal_hold" ("case_id");
CREATE INDEX legal_hold_in_force ON legal_hold (contact_id) WHERE lifted_at IS NULL;

-- What was lifted stays so, and nobody makes it another hold.
CREATE FUNCTION legal_hold_step() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF old.lifted_at IS NOT NULL OR new.reason <> old.reason OR new.placed_at <> old.placed_at OR new.case_id <> old.case_id THEN
    RAISE EXCEPTION 'A legal hold is placed once, and lifted once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER legal_hold_step BEFORE UPDATE ON legal_hold
  FOR EACH ROW EXECUTE FUNCTION legal_hold_step();

CREATE TABLE "erasure_proposal" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "rule_key" TEXT NOT NULL,
    "ground" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "proposed_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "decided_at" TIMESTAMPTZ(3),
    "decider_id" UUID,
    "reason" TEXT NOT NULL DEFAULT '',
    "kept_until" TIMESTAMPTZ(3),
    "erasure_id" UUID,
    CONSTRAINT "erasure_proposal_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT erasure_proposal_state_known CHECK (state IN ('open', 'accepted', 'refused', 'withdrawn')),
    CONSTRAINT erasure_proposal_decided CHECK ((state = 'open') = (decided_at IS NULL)),
    CONSTRAINT erasure_proposal_refused CHECK ((state = 'refused') = (reason <> '') AND (state = 'refused') = (kept_until IS NOT NULL))
);
CREATE INDEX "erasure_proposal_id_idx" ON "erasure_proposal" ("id");
CREATE INDEX "erasure_proposal_state_due_at_id_idx" ON "erasure_proposal" ("state", "due_at", "id");
CREATE UNIQUE INDEX erasure_proposal_open ON erasure_proposal (contact_id) WHERE state = 'open';

CREATE TABLE "retention_restriction" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "rule_key" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    CONSTRAINT "retention_restriction_pkey" PRIMARY KEY ("contact_id", "id")
);
CREATE UNIQUE INDEX retention_restriction_in_force ON retention_restriction (contact_id) WHERE ended_at IS NULL;

CREATE TABLE "retained_record" (
    "id" UUID NOT NULL,
    "erasure_id" UUID NOT NULL,
    "subject_id" UUID NOT NULL,
    "row_id" UUID NOT NULL,
    "model" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "retention_key" TEXT NOT NULL,
    "citation" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "sealed" BYTEA NOT NULL,
    "files" INTEGER NOT NULL DEFAULT 0,
    "settled" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "retained_record_pkey" PRIMARY KEY ("id"),
    -- Nothing is kept but by a law, and for a time.
    CONSTRAINT retained_record_lawful CHECK (citation <> '' AND until < 'infinity')
);
CREATE INDEX "retained_record_erasure_id_subject_id_idx" ON "retained_record" ("erasure_id", "subject_id");
CREATE INDEX "retained_record_subject_id_idx" ON "retained_record" ("subject_id");
CREATE INDEX "retained_record_settled_until_id_idx" ON "retained_record" ("settled", "until", "id");

-- A retained record is as it was; all that happens to it is that it comes to count.
CREATE FUNCTION retained_record_step() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT new.settled OR to_jsonb(old) - 'settled' <> to_jsonb(new) - 'settled' THEN
    RAISE EXCEPTION 'A retained record can''t be changed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER retained_record_step BEFORE UPDATE ON retained_record
  FOR EACH ROW EXECUTE FUNCTION retained_record_step();

CREATE TABLE "contact_statistic" (
    "month" DATE NOT NULL,
    "purpose_key" TEXT NOT NULL,
    "ground" TEXT NOT NULL,
    "began" INTEGER NOT NULL DEFAULT 0,
    "ended" INTEGER NOT NULL DEFAULT 0,
    "erased" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "contact_statistic_pkey" PRIMARY KEY ("month", "purpose_key", "ground")
);

SELECT audit_guard('retention_rule', '', 'id');
SELECT audit_guard('legal_hold', 'contact_id', 'id');
SELECT audit_guard('erasure_proposal', 'contact_id', 'id');
SELECT audit_guard('retention_restriction', 'contact_id', 'id');
-- As audit_guard, but for its coming to count, which the entry of the erasure tells.
CREATE CONSTRAINT TRIGGER audit_required AFTER INSERT OR DELETE ON retained_record DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION audit_require_entry('', 'id');
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON retained_record
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
