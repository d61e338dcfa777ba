-- Users and addresses for reports that mails came back from.
ALTER TABLE "user_account" ADD COLUMN "undeliverable_at" TIMESTAMPTZ(3);
ALTER TABLE "report_address" ADD COLUMN "undeliverable_at" TIMESTAMPTZ(3);

-- Who is in a report that is watched, in the order in which the report names them: both are walked side by side.
CREATE INDEX "report_presence_id_contact_id_idx" ON "report_presence" ("id", "contact_id");
