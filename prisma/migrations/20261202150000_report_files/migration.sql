-- Reports as files: caches, which are gone after a day, or as soon as anybody in them is erased.
CREATE TABLE "report_file" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "report" TEXT NOT NULL,
    "sealed_order" BYTEA NOT NULL,
    "format" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "fault" TEXT NOT NULL DEFAULT '',
    "fault_text" TEXT NOT NULL DEFAULT '',
    "columns" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "bounds" JSONB NOT NULL DEFAULT '[]',
    "rows" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "produced_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "size" BIGINT,
    "sha256" TEXT NOT NULL DEFAULT '',
    "storage_key" TEXT NOT NULL DEFAULT '',
    "content_key" BYTEA,
    "version" INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT "report_file_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "report_file_format_known" CHECK ("format" IN ('pdf', 'csv', 'xlsx', 'json_lines')),
    CONSTRAINT "report_file_state_known" CHECK ("state" IN ('queued', 'ready', 'failed')),
    -- What is ready can be opened; nothing else can.
    CONSTRAINT "report_file_ready" CHECK (("state" = 'ready') = ("content_key" IS NOT NULL)
      AND ("state" = 'ready') = ("storage_key" <> '') AND ("state" = 'ready') = ("produced_at" IS NOT NULL)),
    CONSTRAINT "report_file_failed" CHECK (("state" = 'failed') = ("fault" <> ''))
);
CREATE INDEX "report_file_user_id_id_idx" ON "report_file" ("user_id", "id");
CREATE INDEX "report_file_expires_at_idx" ON "report_file" ("expires_at");
SELECT audit_guard('report_file', '', 'id');

-- How far the making is. Bookkeeping, as of queues.
CREATE TABLE "report_file_work" (
    "id" UUID NOT NULL REFERENCES "report_file" ("id") ON DELETE CASCADE,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "is_running" BOOLEAN NOT NULL DEFAULT false,
    "rows_done" INTEGER NOT NULL DEFAULT 0,
    "rows_total" INTEGER,
    CONSTRAINT "report_file_work_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "report_file_work_due_at_idx" ON "report_file_work" ("due_at");

CREATE FUNCTION report_file_queued() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('lethe_report_files', '');
  RETURN NULL;
END $$;
CREATE TRIGGER report_file_queued AFTER INSERT ON report_file_work FOR EACH STATEMENT EXECUTE FUNCTION report_file_queued();

-- Whom something in a file is about. There may be a million a file, so nothing refers to contacts here: who makes a file looks, while
-- nobody erases, whether all of them are still there (see src/modules/reports/files/finish.ts).
CREATE TABLE "report_file_contact" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "file_id" UUID NOT NULL,
    CONSTRAINT "report_file_contact_pkey" PRIMARY KEY ("contact_id", "file_id")
);
CREATE INDEX "report_file_contact_file_id_idx" ON "report_file_contact" ("file_id");
