-- Rules that act on what happens to contacts. A rule is a setting; a run is one rule's turn at one event.

CREATE TABLE "automation_rule" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "owner_id" UUID NOT NULL,
    "events" TEXT[] NOT NULL,
    "condition" TEXT NOT NULL DEFAULT '',
    "actions" JSONB NOT NULL,
    "rights" JSONB NOT NULL,
    "enabled_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "automation_rule_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "automation_rule_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "user_account" ("id")
);
CREATE UNIQUE INDEX "automation_rule_name_key" ON "automation_rule" ("name");
CREATE INDEX "automation_rule_owner_id_idx" ON "automation_rule" ("owner_id");
SELECT audit_guard('automation_rule', '', 'id');

-- The queue and its outcome in one row: that it is done is committed with what it did, so each happens exactly once.
-- Bookkeeping: what a run changes is in the audit log, in the rule's name.
CREATE TABLE "automation_run" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "rule_id" UUID NOT NULL,
    "entry_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "event" TEXT NOT NULL,
    "depth" INTEGER NOT NULL DEFAULT 0,
    "chain" UUID[] NOT NULL DEFAULT ARRAY[]::UUID[],
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "fault_code" TEXT NOT NULL DEFAULT '',
    "fault" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "automation_run_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "automation_run_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    CONSTRAINT "automation_run_rule_id_fkey" FOREIGN KEY ("rule_id") REFERENCES "automation_rule" ("id"),
    CONSTRAINT "automation_run_state_known" CHECK ("state" IN ('waiting', 'done', 'not_matched', 'loop_stopped', 'failed', 'cancelled')),
    -- The loop guard's last line: no rule takes its turn in a chain that it is in, and none in one that is too long.
    CONSTRAINT "automation_run_no_loop" CHECK ("state" IN ('loop_stopped', 'cancelled') OR ("depth" <= 5 AND NOT "rule_id" = ANY ("chain")))
);
CREATE UNIQUE INDEX "automation_run_contact_id_entry_id_rule_id_key" ON "automation_run" ("contact_id", "entry_id", "rule_id");
CREATE INDEX "automation_run_waiting_idx" ON "automation_run" ("due_at") WHERE "state" = 'waiting';
CREATE INDEX "automation_run_turns_idx" ON "automation_run" ("contact_id", "sequence", "rule_id") WHERE "state" = 'waiting';
CREATE INDEX "automation_run_rule_id_id_idx" ON "automation_run" ("rule_id", "id");
CREATE INDEX "automation_run_state_id_idx" ON "automation_run" ("state", "id");
CREATE INDEX "automation_run_id_idx" ON "automation_run" ("id");

-- Whom to tell how often a rule acted: gathered for a while, then one mail, with a number in it and nobody's data.
CREATE TABLE "automation_notice" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "rule_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "automation_notice_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "automation_notice_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    CONSTRAINT "automation_notice_rule_id_fkey" FOREIGN KEY ("rule_id") REFERENCES "automation_rule" ("id"),
    CONSTRAINT "automation_notice_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user_account" ("id") ON DELETE CASCADE
);
CREATE INDEX "automation_notice_created_at_idx" ON "automation_notice" ("created_at");

-- Tells the processes that run rules at once.
CREATE FUNCTION automation_raised() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('lethe_automation', '');
  RETURN NULL;
END $$;
CREATE TRIGGER automation_raised AFTER INSERT ON automation_run FOR EACH STATEMENT EXECUTE FUNCTION automation_raised();
