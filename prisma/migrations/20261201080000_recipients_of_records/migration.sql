-- Recipients are told of orders, appointments and documents, too, and of restriction; each at every endpoint that it has.

-- Which record it is of; empty: of the contact itself.
ALTER TABLE "recipient_read" ADD COLUMN "record" TEXT NOT NULL DEFAULT '';
DROP INDEX "recipient_read_contact_id_client_id_field_key";
CREATE UNIQUE INDEX "recipient_read_contact_id_client_id_field_record_key" ON "recipient_read" ("contact_id", "client_id", "field", "record");

ALTER TABLE "recipient_notice" ADD COLUMN "record" TEXT NOT NULL DEFAULT '';
ALTER TABLE "recipient_notice" ADD CONSTRAINT "recipient_notice_kind_known"
  CHECK ("kind" IN ('rectified', 'restricted', 'unrestricted'));

-- Of a notice, one sending for each endpoint. What was on its way goes to the endpoint that it was on the way to.
ALTER TABLE "recipient_sending" DROP CONSTRAINT "recipient_sending_notice_fkey";
ALTER TABLE "recipient_sending" ADD COLUMN "notice_id" UUID, ADD COLUMN "webhook_id" UUID, ADD COLUMN "done_at" TIMESTAMPTZ(3),
  ADD COLUMN "fault" TEXT NOT NULL DEFAULT '';
UPDATE "recipient_sending" s SET "notice_id" = s."id", "webhook_id" = coalesce((
  SELECT w."id" FROM "recipient_notice" n JOIN "webhook" w ON w."client_id" = n."client_id"
  WHERE n."contact_id" = s."contact_id" AND n."id" = s."id" AND w."deleted_at" IS NULL AND w."disabled_at" IS NULL
  ORDER BY w."id" LIMIT 1), '00000000-0000-0000-0000-000000000000');
ALTER TABLE "recipient_sending" ALTER COLUMN "notice_id" SET NOT NULL, ALTER COLUMN "webhook_id" SET NOT NULL;
ALTER TABLE "recipient_sending" ADD CONSTRAINT "recipient_sending_notice_fkey" FOREIGN KEY ("contact_id", "notice_id")
  REFERENCES "recipient_notice" ("contact_id", "id") ON DELETE CASCADE;
CREATE INDEX "recipient_sending_contact_id_notice_id_idx" ON "recipient_sending" ("contact_id", "notice_id");
