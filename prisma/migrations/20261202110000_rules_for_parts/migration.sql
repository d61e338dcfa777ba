-- A rule that erases by itself is a decision over many: others have to agree to it, as to any erasure. A rule may be about a part of a
-- contact's data, and may leave what holds no personal data.
ALTER TABLE "retention_rule"
    ADD COLUMN "maker_id" UUID,
    ADD COLUMN "approver_ids" UUID[] NOT NULL DEFAULT ARRAY[]::UUID[],
    ADD COLUMN "categories" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    DROP CONSTRAINT retention_rule_action_known,
    ADD CONSTRAINT retention_rule_action_known CHECK (action IN ('erase', 'anonymise', 'propose', 'restrict')),
    ADD CONSTRAINT retention_rule_of_parts CHECK (categories = '{}' OR action IN ('erase', 'propose'));

-- Which categories of a contact's data are proposed; none: all of the contact. One proposal of it all, and one of each rule about a part.
ALTER TABLE "erasure_proposal" ADD COLUMN "categories" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];
DROP INDEX erasure_proposal_open;
CREATE UNIQUE INDEX erasure_proposal_open ON erasure_proposal (contact_id) WHERE state = 'open' AND categories = '{}';
CREATE UNIQUE INDEX erasure_proposal_open_part ON erasure_proposal (contact_id, rule_key) WHERE state = 'open' AND categories <> '{}';

-- Fingerprints that were lifted, until the ledger tells of them, so that no older backup brings them back.
CREATE TABLE "erasure_fingerprint_lift" (
    "id" UUID NOT NULL,
    CONSTRAINT "erasure_fingerprint_lift_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "erasure_fingerprint_created_at_id_idx" ON "erasure_fingerprint" ("created_at", "id");
