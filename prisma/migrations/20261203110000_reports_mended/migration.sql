-- Whom a reaction asked for consent, and when: nobody is asked again too soon, by whichever reaction. Bookkeeping; gone after a month.
CREATE TABLE "report_ask" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "purpose_key" TEXT NOT NULL,
    "reaction_id" UUID NOT NULL,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "report_ask_pkey" PRIMARY KEY ("contact_id", "id")
);
CREATE UNIQUE INDEX "report_ask_contact_id_purpose_key_key" ON "report_ask" ("contact_id", "purpose_key");
CREATE INDEX "report_ask_asked_at_idx" ON "report_ask" ("asked_at");

-- Whom an export told of: so it can be answered who accessed what of one person, without an entry of the log for each of a million. What is in
-- the log itself says how many they were, with a hash over them. Like the log, it can be added to alone, and names contacts by their random ids.
CREATE TABLE "export_reach" (
    "request_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "first_id" UUID NOT NULL,
    "last_id" UUID NOT NULL,
    "contact_ids" UUID[] NOT NULL,
    CONSTRAINT "export_reach_pkey" PRIMARY KEY ("request_id", "number")
);
CREATE INDEX "export_reach_last_id_idx" ON "export_reach" ("last_id");
