-- What happened to legal grounds, as others are told of it: one row a purpose that it concerned. In the transaction of the event.
CREATE TABLE "consent_change" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "kind" "basis_event_kind" NOT NULL,
    "purpose_key" TEXT NOT NULL REFERENCES "purpose" ("key"),
    "ground" "legal_ground",
    "is_valid" BOOLEAN NOT NULL,
    "since" TIMESTAMPTZ(3),
    "until" TIMESTAMPTZ(3),
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "transaction_id" BIGINT NOT NULL DEFAULT 0,
    "position" BIGINT,
    CONSTRAINT "consent_change_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "consent_change_told" CHECK ("kind" NOT IN ('requested', 'used'))
);
CREATE INDEX "consent_change_position_idx" ON "consent_change" ("position");
CREATE INDEX "consent_change_unnumbered_idx" ON "consent_change" ("transaction_id", "id") WHERE "position" IS NULL;

-- How far the changes are numbered. Its row is what those who number wait for.
CREATE TABLE "consent_feed" (
    "id" UUID NOT NULL,
    "position" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "consent_feed_pkey" PRIMARY KEY ("id")
);
INSERT INTO "consent_feed" ("id") VALUES ('00000000-0000-7000-8000-000000000000');

-- Where recipients want to be told.
CREATE TABLE "webhook" (
    "id" UUID NOT NULL,
    "client_id" UUID NOT NULL REFERENCES "client" ("id"),
    "url" TEXT NOT NULL,
    "purposes" TEXT[] NOT NULL,
    "events" TEXT[] NOT NULL,
    "email_hashes" BOOLEAN NOT NULL DEFAULT false,
    "secret" BYTEA NOT NULL,
    "secret_made_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "former_secret" BYTEA,
    "former_until" TIMESTAMPTZ(3),
    "disabled_at" TIMESTAMPTZ(3),
    "disabled_because" TEXT NOT NULL DEFAULT '',
    "deleted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "webhook_client_id_idx" ON "webhook" ("client_id");
SELECT audit_guard('webhook', '', 'id');

-- A change on its way to a webhook; afterwards, that the recipient was told. Bookkeeping, as of queued mails.
CREATE TABLE "webhook_delivery" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL REFERENCES "webhook" ("id"),
    "change_id" UUID NOT NULL,
    "transaction_id" BIGINT NOT NULL DEFAULT 0,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "give_up_at" TIMESTAMPTZ(3) NOT NULL,
    "fault" TEXT NOT NULL DEFAULT '',
    "perhaps_twice" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "webhook_delivery_change_fkey" FOREIGN KEY ("contact_id", "change_id")
      REFERENCES "consent_change" ("contact_id", "id") ON DELETE CASCADE,
    CONSTRAINT "webhook_delivery_state_known" CHECK ("state" IN ('queued', 'sending', 'delivered', 'dead', 'cancelled'))
);
CREATE INDEX "webhook_delivery_due_idx" ON "webhook_delivery" ("webhook_id", "due_at", "transaction_id", "id")
  WHERE "state" IN ('queued', 'sending');
CREATE INDEX "webhook_delivery_order_idx" ON "webhook_delivery" ("webhook_id", "contact_id", "transaction_id", "id")
  WHERE "state" IN ('queued', 'sending');
CREATE INDEX "webhook_delivery_id_idx" ON "webhook_delivery" ("id");
CREATE INDEX "webhook_delivery_state_id_idx" ON "webhook_delivery" ("state", "id");
CREATE INDEX "webhook_delivery_webhook_id_id_idx" ON "webhook_delivery" ("webhook_id", "id");

CREATE TABLE "webhook_attempt" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "delivery_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" INTEGER,
    "duration" INTEGER NOT NULL,
    "fault" TEXT NOT NULL DEFAULT '',
    CONSTRAINT "webhook_attempt_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "webhook_attempt_delivery_fkey" FOREIGN KEY ("contact_id", "delivery_id")
      REFERENCES "webhook_delivery" ("contact_id", "id") ON DELETE CASCADE
);
CREATE INDEX "webhook_attempt_delivery_idx" ON "webhook_attempt" ("contact_id", "delivery_id");
CREATE INDEX "webhook_attempt_at_idx" ON "webhook_attempt" ("at");

-- The order about one contact: its changes are never made by two transactions at once, since both would write the entry of the
-- audit log with the same number.
CREATE FUNCTION deliveries_stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.transaction_id := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $$;
CREATE TRIGGER consent_change_stamp BEFORE INSERT ON consent_change
  FOR EACH ROW EXECUTE FUNCTION deliveries_stamp();
CREATE TRIGGER webhook_delivery_stamp BEFORE INSERT ON webhook_delivery
  FOR EACH ROW EXECUTE FUNCTION deliveries_stamp();

-- Numbers the changes that have been committed and have no number yet. One at a time: so no number appears below one that
-- somebody has seen, in whatever order transactions commit, and a reader who goes by numbers misses nothing.
CREATE FUNCTION consent_number_changes(most integer) RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  reached bigint;
  numbered integer;
BEGIN
  -- What another is numbering at this moment looks unnumbered, and is waited for.
  PERFORM FROM consent_change c WHERE c.position IS NULL;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  SELECT f.position INTO reached FROM consent_feed f FOR UPDATE;
  WITH next AS (
    SELECT n.contact_id, n.id, row_number() OVER (ORDER BY n.transaction_id, n.id) AS place
    FROM (SELECT contact_id, id, transaction_id FROM consent_change c
      WHERE c.position IS NULL ORDER BY c.transaction_id, c.id LIMIT most) n
  )
  UPDATE consent_change c SET position = reached + next.place FROM next
  WHERE c.contact_id = next.contact_id AND c.id = next.id;
  GET DIAGNOSTICS numbered = ROW_COUNT;
  IF numbered > 0 THEN
    UPDATE consent_feed f SET position = reached + numbered;
    PERFORM pg_notify('lethe_consent', '');
  END IF;
  RETURN numbered;
END $$;

-- Tells the processes that wait for it at once.
CREATE FUNCTION consent_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('lethe_consent', '');
  RETURN NULL;
END $$;
CREATE TRIGGER consent_changed AFTER INSERT ON consent_change FOR EACH STATEMENT EXECUTE FUNCTION consent_changed();
CREATE FUNCTION webhook_queued() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('lethe_webhooks', '');
  RETURN NULL;
END $$;
CREATE TRIGGER webhook_queued AFTER INSERT ON webhook_delivery FOR EACH STATEMENT EXECUTE FUNCTION webhook_queued();
