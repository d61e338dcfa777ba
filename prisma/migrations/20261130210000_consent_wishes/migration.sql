-- Wishes to withdraw, of addresses that may be nobody's: sealed, and gone once a mail is queued or nobody was found.
CREATE TABLE "consent_wish" (
    "id" UUID NOT NULL,
    "person_hash" TEXT NOT NULL,
    "content" BYTEA NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consent_wish_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "consent_wish_person_hash_idx" ON "consent_wish" ("person_hash");
CREATE INDEX "consent_wish_due_at_idx" ON "consent_wish" ("due_at");
CREATE INDEX "consent_wish_expires_at_idx" ON "consent_wish" ("expires_at");

CREATE FUNCTION consent_wished() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('lethe_wishes', '');
  RETURN NULL;
END $$;
CREATE TRIGGER consent_wished AFTER INSERT ON consent_wish FOR EACH STATEMENT EXECUTE FUNCTION consent_wished();
