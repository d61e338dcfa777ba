-- That a contact was erased, on its way to a webhook whose recipient was told of it (Art. 19 GDPR). It outlives the contact, and so
-- stands apart from it: all that is left is the id that the recipient knows, until they were told.
CREATE TABLE "erasure_notice" (
    "id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL REFERENCES "webhook" ("id"),
    "erased_id" UUID,
    "erased_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "waits_since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "fault" TEXT NOT NULL DEFAULT '',
    "perhaps_twice" BOOLEAN NOT NULL DEFAULT false,
    "finished_at" TIMESTAMPTZ(3),
    CONSTRAINT "erasure_notice_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "erasure_notice_state_known" CHECK ("state" IN ('queued', 'sending', 'delivered', 'dead', 'cancelled')),
    -- Who was told needs it no more.
    CONSTRAINT "erasure_notice_forgets" CHECK (("erased_id" IS NULL) = ("state" IN ('delivered', 'cancelled')))
);
CREATE INDEX "erasure_notice_due_idx" ON "erasure_notice" ("webhook_id", "due_at") WHERE "state" IN ('queued', 'sending');
CREATE INDEX "erasure_notice_state_id_idx" ON "erasure_notice" ("state", "id");
CREATE INDEX "erasure_notice_webhook_id_id_idx" ON "erasure_notice" ("webhook_id", "id");
CREATE TRIGGER erasure_notice_queued AFTER INSERT ON erasure_notice FOR EACH STATEMENT EXECUTE FUNCTION webhook_queued();
