-- What is over is found and forgotten without a look at what isn't.
CREATE INDEX "self_service_link_expires_at_idx" ON "self_service_link" ("expires_at");
CREATE INDEX "self_service_session_expires_at_idx" ON "self_service_session" ("expires_at");
CREATE INDEX "correction_proposal_over_idx" ON "correction_proposal" ("proposed_at")
    WHERE "state" IN ('unconfirmed', 'replaced');
