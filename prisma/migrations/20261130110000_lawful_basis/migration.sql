-- On what legal ground each contact is processed: events, which are only added, and the periods that follow from them.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TYPE "basis_event_kind" AS ENUM
  ('given', 'requested', 'confirmed', 'refused', 'withdrawn', 'objected', 'renewed', 'lapsed', 'used', 'retracted');
CREATE TYPE "special_ground" AS ENUM
  ('explicit_consent', 'employment_and_social_law', 'vital_interests', 'non_profit_body', 'made_public', 'legal_claims',
   'substantial_public_interest', 'health_care', 'public_health', 'archiving_and_research');
CREATE TYPE "evidence_kind" AS ENUM ('document', 'form', 'phone_note', 'double_opt_in');

CREATE TABLE "lawful_basis_event" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "kind" "basis_event_kind" NOT NULL,
    "purpose_key" TEXT NOT NULL REFERENCES "purpose" ("key"),
    "ground" "legal_ground",
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "valid_from" TIMESTAMPTZ(3),
    "valid_until" TIMESTAMPTZ(3),
    "confirm_until" TIMESTAMPTZ(3),
    "basis_id" UUID,
    "special_ground" "special_ground",
    "by_guardian" BOOLEAN NOT NULL DEFAULT false,
    "despite_objection" BOOLEAN NOT NULL DEFAULT false,
    "notice_id" UUID REFERENCES "notice" ("id"),
    "source" TEXT NOT NULL DEFAULT '',
    "evidence_kind" "evidence_kind",
    "evidence" BYTEA,
    "import_id" UUID,
    "copied_from" UUID,
    "actor_kind" TEXT NOT NULL,
    "actor_id" UUID,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "lawful_basis_event_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "lawful_basis_event_basis_fkey" FOREIGN KEY ("contact_id", "basis_id")
      REFERENCES "lawful_basis_event" ("contact_id", "id"),
    CONSTRAINT "lawful_basis_event_whole" CHECK (
      CASE
        WHEN "kind" IN ('given', 'confirmed') THEN
          "ground" IS NOT NULL AND "valid_from" >= "occurred_at" AND ("valid_until" IS NULL OR "valid_until" > "valid_from")
        WHEN "kind" = 'requested' THEN "ground" IS NOT DISTINCT FROM 'consent' AND "confirm_until" > "occurred_at"
        WHEN "kind" = 'refused' THEN "ground" IS NOT DISTINCT FROM 'consent'
        WHEN "kind" IN ('renewed', 'lapsed', 'used', 'retracted') THEN "basis_id" IS NOT NULL
        ELSE true
      END)
);
-- Every lapse is told once, whoever tries.
CREATE UNIQUE INDEX "lawful_basis_event_lapse_key" ON "lawful_basis_event" ("contact_id", "basis_id", "occurred_at")
  WHERE "kind" = 'lapsed';
-- Uses may be many and decide nothing: of each ground, the last one is looked up.
CREATE INDEX "lawful_basis_event_uses" ON "lawful_basis_event" ("contact_id", "basis_id", "occurred_at") WHERE "kind" = 'used';

CREATE TABLE "lawful_basis_period" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id") ON DELETE CASCADE,
    "id" UUID NOT NULL,
    "purpose_key" TEXT NOT NULL REFERENCES "purpose" ("key"),
    "ground" "legal_ground" NOT NULL,
    "is_valid" BOOLEAN NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "valid_until" TIMESTAMPTZ(3),
    "event_id" UUID NOT NULL,
    "given_at" TIMESTAMPTZ(3) NOT NULL,
    "by_guardian" BOOLEAN NOT NULL DEFAULT false,
    "special_ground" "special_ground",
    "expires" BOOLEAN NOT NULL DEFAULT false,
    "lapse_noted" BOOLEAN NOT NULL DEFAULT false,
    CONSTRAINT "lawful_basis_period_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "lawful_basis_period_event_fkey" FOREIGN KEY ("contact_id", "event_id")
      REFERENCES "lawful_basis_event" ("contact_id", "id") ON DELETE CASCADE,
    CONSTRAINT "lawful_basis_period_not_empty" CHECK ("valid_until" IS NULL OR "valid_until" > "valid_from"),
    -- The same ground can't begin twice at once, and nothing is valid while a withdrawal or an objection stands against it.
    CONSTRAINT "lawful_basis_period_no_contradiction" EXCLUDE USING gist (
      "contact_id" WITH =, "purpose_key" WITH =, "ground" WITH =, tstzrange("valid_from", "valid_until") WITH &&)
);
-- For lists of whom may be processed; with all that decides, so that the table itself need not be read.
CREATE INDEX "lawful_basis_period_by_purpose" ON "lawful_basis_period" ("purpose_key", "contact_id")
  INCLUDE ("ground", "valid_from", "valid_until", "given_at", "by_guardian", "special_ground") WHERE "is_valid";
-- When anybody first consented alone: whoever was 16 by then needs no closer look.
CREATE INDEX "lawful_basis_period_consents" ON "lawful_basis_period" ("given_at")
  WHERE "is_valid" AND "ground" = 'consent' AND NOT "by_guardian";
CREATE INDEX "lawful_basis_period_to_lapse" ON "lawful_basis_period" ("valid_until")
  WHERE "is_valid" AND "expires" AND NOT "lapse_noted";

ALTER TABLE "import" ADD COLUMN "purpose_key" TEXT REFERENCES "purpose" ("key");

-- What only the database may say: when an event was recorded.
CREATE FUNCTION lawfulness_stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.recorded_at := date_trunc('milliseconds', now());
  RETURN NEW;
END $$;
CREATE TRIGGER lawful_basis_event_stamp BEFORE INSERT ON lawful_basis_event
  FOR EACH ROW EXECUTE FUNCTION lawfulness_stamp();

-- Events go only with their contact, whose erasure is in the log. The application may not delete them at all.
CREATE FUNCTION lawfulness_keep_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM contact c WHERE c.contact_id = OLD.contact_id;
  IF FOUND THEN
    RAISE EXCEPTION 'Events of legal grounds can only be added' USING ERRCODE = 'LE003';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER lawful_basis_event_fixed BEFORE UPDATE ON lawful_basis_event
  FOR EACH ROW EXECUTE FUNCTION lawfulness_refuse_change();
CREATE TRIGGER lawful_basis_event_kept BEFORE DELETE ON lawful_basis_event
  FOR EACH ROW EXECUTE FUNCTION lawfulness_keep_event();

-- Nothing is valid but what an event says, and so what the log tells of: no longer than that, and not past what a person said
-- against it, whoever writes it and whatever other periods there are.
CREATE FUNCTION lawfulness_require_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  basis lawful_basis_event;
  line text[];
  marketing boolean;
BEGIN
  SELECT * INTO basis FROM lawful_basis_event e
    WHERE e.contact_id = NEW.contact_id AND e.id = NEW.event_id AND e.kind IN ('given', 'confirmed')
      AND e.purpose_key = NEW.purpose_key AND e.ground = NEW.ground AND e.valid_from = NEW.valid_from AND e.occurred_at = NEW.given_at;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A period of a legal ground needs the event that it begins with' USING ERRCODE = 'LE003';
  END IF;
  PERFORM FROM lawful_basis_event e
    WHERE e.contact_id = NEW.contact_id AND (e.id = basis.id OR e.kind = 'renewed' AND e.basis_id = basis.id)
      AND (e.valid_until IS NULL OR e.valid_until >= NEW.valid_until);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A legal ground holds no longer than its events say' USING ERRCODE = 'LE003';
  END IF;
  WITH RECURSIVE above AS (
    SELECT p.key, p.parent_key, p.direct_marketing FROM purpose p WHERE p.key = NEW.purpose_key
    UNION SELECT p.key, p.parent_key, p.direct_marketing FROM purpose p JOIN above ON p.key = above.parent_key)
  SELECT array_agg(above.key), bool_or(above.direct_marketing) INTO line, marketing FROM above;
  PERFORM FROM lawful_basis_event e
    WHERE e.contact_id = NEW.contact_id AND e.kind IN ('withdrawn', 'refused', 'objected', 'retracted')
      AND CASE
        WHEN e.kind = 'retracted' THEN e.basis_id = basis.id
        WHEN NOT e.purpose_key = ANY (line) OR e.occurred_at >= NEW.valid_until THEN false
        WHEN e.kind = 'withdrawn' THEN NEW.ground = 'consent' AND e.occurred_at > basis.occurred_at
        WHEN e.kind = 'refused' THEN NEW.ground = 'consent' AND e.occurred_at > basis.occurred_at
          AND e.basis_id IS NULL AND e.purpose_key = NEW.purpose_key
        WHEN marketing THEN NEW.ground <> 'consent' OR e.occurred_at > basis.occurred_at
        WHEN NEW.ground IN ('public_task', 'legitimate_interests') THEN
          NOT basis.despite_objection OR e.occurred_at > basis.occurred_at
        ELSE false
      END
      AND NOT EXISTS (
        SELECT FROM lawful_basis_event r WHERE r.contact_id = NEW.contact_id AND r.kind = 'retracted' AND r.basis_id = e.id);
  IF FOUND THEN
    RAISE EXCEPTION 'Nothing is valid against what the person said' USING ERRCODE = 'LE003';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lawful_basis_period_event BEFORE INSERT OR UPDATE ON lawful_basis_period
  FOR EACH ROW WHEN (new.is_valid) EXECUTE FUNCTION lawfulness_require_event();

-- As audit_guard, but for deletions, which are those of the contact.
CREATE CONSTRAINT TRIGGER audit_required AFTER INSERT ON lawful_basis_event DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION audit_require_entry('contact_id', 'id');
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON lawful_basis_event
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Those who keep the register and record grounds may do so in older installations, too. UUIDv7, so that entries sort by time.
WITH granted AS (
  INSERT INTO role_grant (role_id, "right", read, write)
  SELECT r.id, g."right", true, g.write FROM role r
  JOIN (VALUES ('data-protection-officer', 'lawfulness.*', true), ('editor', 'lawfulness.*', false),
    ('editor', 'lawfulness.basis', true), ('analyst', 'lawfulness.purposes', false), ('analyst', 'lawfulness.basis', false)
  ) g(key, "right", write) ON g.key = r.key
  WHERE r.built_in
  ON CONFLICT DO NOTHING
  RETURNING role_id, "right", read, write)
INSERT INTO system_audit_entry (id, request_id, actor_kind, action, operation, entity, entity_id, fields, "values")
SELECT
  (lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
    || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
  gen_random_uuid()::text, 'system', 'created', 'upgrade', 'Grant', role_id, ARRAY['grant'],
  convert_to(jsonb_build_object('grant',
    jsonb_build_object('new', jsonb_build_object('right', "right", 'read', read, 'write', write)))::text, 'UTF8')
FROM granted;
