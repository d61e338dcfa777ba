-- What is held about a contact, put together for them (Art. 15, 20 GDPR).
CREATE TABLE "access_package" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "request_id" UUID,
    "kind" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "actor_kind" TEXT NOT NULL,
    "actor_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "snapshot_at" TIMESTAMPTZ(3),
    "produced_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "delivered_how" TEXT NOT NULL DEFAULT '',
    "expires_at" TIMESTAMPTZ(3),
    "size" BIGINT,
    "sha256" TEXT NOT NULL DEFAULT '',
    "storage_key" TEXT NOT NULL DEFAULT '',
    "content_key" BYTEA,
    "token_hash" TEXT,
    "link_until" TIMESTAMPTZ(3),
    "link_used_at" TIMESTAMPTZ(3),
    CONSTRAINT "access_package_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "access_package_state_known" CHECK ("state" IN ('queued', 'ready', 'delivered', 'expired', 'failed')),
    -- Nothing is ready or delivered that was not produced; what has expired opens no more.
    CONSTRAINT "access_package_produced" CHECK ("state" NOT IN ('ready', 'delivered')
      OR ("produced_at" IS NOT NULL AND "content_key" IS NOT NULL AND "storage_key" <> '' AND "expires_at" IS NOT NULL)),
    CONSTRAINT "access_package_delivered" CHECK ("state" <> 'delivered' OR ("delivered_at" IS NOT NULL AND "delivered_how" <> '')),
    CONSTRAINT "access_package_expired" CHECK ("state" <> 'expired' OR "content_key" IS NULL)
);
CREATE INDEX "access_package_id_idx" ON "access_package" ("id");
CREATE INDEX "access_package_state_expires_at_idx" ON "access_package" ("state", "expires_at");
SELECT audit_guard('access_package', 'contact_id', 'id');

-- How far the making is. Bookkeeping, as of queues.
CREATE TABLE "access_package_work" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "is_building" BOOLEAN NOT NULL DEFAULT false,
    "records_done" INTEGER NOT NULL DEFAULT 0,
    "records_total" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "access_package_work_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "access_package_work_package_fkey" FOREIGN KEY ("contact_id", "id")
      REFERENCES "access_package" ("contact_id", "id") ON DELETE CASCADE
);
CREATE INDEX "access_package_work_due_at_idx" ON "access_package_work" ("due_at");


CREATE FUNCTION access_package_queued() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('lethe_packages', '');
  RETURN NULL;
END $$;
CREATE TRIGGER access_package_queued AFTER INSERT ON access_package_work FOR EACH STATEMENT EXECUTE FUNCTION access_package_queued();
