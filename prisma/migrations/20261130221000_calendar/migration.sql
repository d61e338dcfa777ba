-- Appointments. What they are about stands with each of their contacts, so that it is sealed, moved and erased with them.

CREATE TABLE "appointment" (
    "id" UUID NOT NULL,
    "uid" TEXT NOT NULL,
    "series_id" UUID,
    "recurrence_id" TEXT NOT NULL DEFAULT '',
    "begin" TEXT NOT NULL,
    "end" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL DEFAULT '',
    "begins_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3),
    "rule" TEXT NOT NULL DEFAULT '',
    "dates" TEXT[] NOT NULL DEFAULT '{}',
    "exceptions" TEXT[] NOT NULL DEFAULT '{}',
    "status" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL DEFAULT 0,
    "title" TEXT NOT NULL DEFAULT '',
    "place" TEXT NOT NULL DEFAULT '',
    "description" BYTEA,
    "guests" BYTEA,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "appointment_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "appointment_series_fkey" FOREIGN KEY ("series_id") REFERENCES "appointment" ("id"),
    CONSTRAINT "appointment_status_known" CHECK ("status" IN ('tentative', 'confirmed', 'cancelled')),
    CONSTRAINT "appointment_instance" CHECK (("series_id" IS NULL) = ("recurrence_id" = ''))
);
-- One appointment a UID, whoever imports it, and one change an instance.
CREATE UNIQUE INDEX "appointment_uid_recurrence_id_key" ON "appointment" ("uid", "recurrence_id");
CREATE INDEX "appointment_series_id_idx" ON "appointment" ("series_id");
CREATE INDEX "appointment_begins_at_id_idx" ON "appointment" ("begins_at", "id");
-- What recurs is looked for by when all of it is over.
CREATE INDEX appointment_recurring ON appointment ((coalesce(ends_at, 'infinity'))) WHERE rule <> '' OR dates <> '{}';
CREATE INDEX appointment_search ON appointment USING gin (lethe_fold(title) gin_trgm_ops);

CREATE TABLE "appointment_participant" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "appointment_id" UUID NOT NULL REFERENCES "appointment" ("id"),
    "role" TEXT NOT NULL,
    "participation" TEXT NOT NULL,
    "title" TEXT NOT NULL DEFAULT '',
    "place" TEXT NOT NULL DEFAULT '',
    "description" BYTEA,
    "guests" BYTEA,
    "copied_from" UUID,
    CONSTRAINT "appointment_participant_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "appointment_participant_role_known" CHECK ("role" IN ('chair', 'required', 'optional', 'informed')),
    CONSTRAINT "appointment_participant_participation_known"
      CHECK ("participation" IN ('needs_action', 'accepted', 'declined', 'tentative'))
);
-- A contact takes part once.
CREATE UNIQUE INDEX appointment_participant_once ON appointment_participant (contact_id, appointment_id);
CREATE INDEX "appointment_participant_appointment_id_idx" ON "appointment_participant" ("appointment_id");
CREATE INDEX appointment_participant_search ON appointment_participant USING gin (lethe_fold(title) gin_trgm_ops);

CREATE TABLE "appointment_staff" (
    "id" UUID NOT NULL,
    "appointment_id" UUID NOT NULL REFERENCES "appointment" ("id"),
    "user_id" UUID NOT NULL REFERENCES "user_account" ("id"),
    "role" TEXT NOT NULL,
    "participation" TEXT NOT NULL,
    CONSTRAINT "appointment_staff_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "appointment_staff_role_known" CHECK ("role" IN ('chair', 'required', 'optional', 'informed')),
    CONSTRAINT "appointment_staff_participation_known"
      CHECK ("participation" IN ('needs_action', 'accepted', 'declined', 'tentative'))
);
CREATE UNIQUE INDEX "appointment_staff_appointment_id_user_id_key" ON "appointment_staff" ("appointment_id", "user_id");
CREATE INDEX "appointment_staff_user_id_idx" ON "appointment_staff" ("user_id");

SELECT audit_guard('appointment', '', 'id');
SELECT audit_guard('appointment_participant', 'contact_id', 'id');
SELECT audit_guard('appointment_staff', '', 'id');
