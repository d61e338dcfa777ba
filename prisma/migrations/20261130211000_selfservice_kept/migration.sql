-- What is over is found and forgotten without a look at what isn't.
CREATE INDEX "self_service_link_expires_at_idx" ON "self_service_link" ("expires_at");
CREATE INDEX "self_service_session_expires_at_idx" ON "self_service_session" ("expires_at");
CREATE INDEX "correction_proposal_over_idx" ON "correction_proposal" ("proposed_at")
    WHERE "state" IN ('unconfirmed', 'replaced');

-- When contacts are merged, what waits to be decided goes on with the one that is left: here is what it was copied from, so that it
-- goes back if the merge is.
ALTER TABLE "correction_proposal" ADD COLUMN "copied_from" UUID;
