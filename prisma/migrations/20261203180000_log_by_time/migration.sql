-- The log of contacts is kept by time, a partition for each year: so indexes that grow fit into memory, the past lies still, and is
-- vacuumed, dumped and moved by itself. Ids are UUIDs of version 7, which begin with the time; the first key stays as it is.

-- How many entries there are about a contact: no unique index reaches over partitions. Derived, and begun anew where it is missing.
CREATE TABLE "audit_count" (
    "contact_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,

    CONSTRAINT "audit_count_pkey" PRIMARY KEY ("contact_id")
);

-- The least id that is made from a moment on.
CREATE FUNCTION audit_least_id(moment timestamptz)
RETURNS uuid LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
END $$;

DROP TRIGGER audit_entry_stamp ON audit_entry;
DROP TRIGGER audit_entry_number ON audit_entry;
DROP TRIGGER audit_entry_fixed ON audit_entry;
DROP TRIGGER audit_entry_kept ON audit_entry;
ALTER TABLE audit_entry RENAME TO audit_entry_before;
ALTER TABLE audit_entry_before RENAME CONSTRAINT "audit_entry_pkey" TO "audit_entry_before_pkey";
DROP INDEX "audit_entry_contact_id_sequence_key";
CREATE INDEX "audit_entry_before_contact_id_sequence_idx" ON "audit_entry_before" ("contact_id", "sequence");

CREATE TABLE "audit_entry" (
    LIKE "audit_entry_before" INCLUDING DEFAULTS INCLUDING CONSTRAINTS,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("contact_id","id")
) PARTITION BY RANGE ("id");
CREATE INDEX "audit_entry_contact_id_sequence_idx" ON "audit_entry" ("contact_id", "sequence");

-- The other indexes as they were; those of what is there already are taken on, not made anew.
DO $$
DECLARE
  made record;
BEGIN
  FOR made IN
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i WHERE i.indrelid = 'audit_entry_before'::regclass AND i.indexrelid::regclass::text NOT LIKE '%audit_entry_before%'
  LOOP
    EXECUTE format('ALTER INDEX %s RENAME TO %I', made.name, replace(made.name, 'audit_entry', 'audit_entry_before'));
    EXECUTE replace(made.definition, ' ON public.audit_entry_before ', ' ON public.audit_entry ');
  END LOOP;
END $$;

-- What was written so far, until the end of the year of the newest entry or of this one. What comes later has partitions of its own.
DO $$
DECLARE
  newest uuid := (SELECT e.id FROM audit_entry_before e ORDER BY e.id DESC LIMIT 1);
  beyond timestamptz := date_trunc('year', now(), 'UTC') + interval '1 year';
BEGIN
  WHILE newest >= audit_least_id(beyond) AND beyond < '2100-01-01' LOOP
    beyond := beyond + interval '1 year';
  END LOOP;
  EXECUTE format('ALTER TABLE audit_entry ATTACH PARTITION audit_entry_before FOR VALUES FROM (MINVALUE) TO (%L)', audit_least_id(beyond));
END $$;
-- Whatever the clock says: an entry always has its place.
CREATE TABLE "audit_entry_other" PARTITION OF "audit_entry" DEFAULT;

CREATE OR REPLACE FUNCTION audit_number() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Who writes about the same contact at the same time waits here.
  UPDATE audit_count c SET sequence = c.sequence + 1 WHERE c.contact_id = NEW.contact_id RETURNING c.sequence INTO NEW.sequence;
  IF NOT FOUND THEN
    INSERT INTO audit_count AS c (contact_id, sequence)
    SELECT NEW.contact_id, coalesce(max(e.sequence), 0) + 1 FROM audit_entry e WHERE e.contact_id = NEW.contact_id
    ON CONFLICT (contact_id) DO UPDATE SET sequence = c.sequence + 1
    RETURNING c.sequence INTO NEW.sequence;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_entry_stamp BEFORE INSERT ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_stamp();
CREATE TRIGGER audit_entry_number BEFORE INSERT ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_number();
CREATE TRIGGER audit_entry_fixed BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_entry_kept BEFORE TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Each partition is kept from being emptied by itself, too.
DO $$
DECLARE
  part text;
BEGIN
  FOREACH part IN ARRAY ARRAY['audit_entry_before', 'audit_entry_other'] LOOP
    EXECUTE format('CREATE TRIGGER audit_entry_kept BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', part);
  END LOOP;
END $$;

-- Adds the partitions of the years until then, as their owner; returns how many. Of a year that strays were written in before, none.
CREATE FUNCTION audit_add_partitions(until timestamptz)
RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  first uuid := (SELECT substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([0-9a-f-]+)''\)')::uuid
    FROM pg_class c WHERE c.oid = 'public.audit_entry_before'::regclass);
  beginning timestamptz := to_timestamp(('x' || substr(replace(first::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0);
  part text;
  added integer := 0;
BEGIN
  WHILE beginning < until LOOP
    part := 'audit_entry_' || to_char(beginning AT TIME ZONE 'UTC', 'YYYY');
    PERFORM FROM audit_entry_other e
      WHERE e.id >= audit_least_id(beginning) AND e.id < audit_least_id(beginning + interval '1 year');
    IF NOT FOUND AND to_regclass('public.' || part) IS NULL THEN
      EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_entry FOR VALUES FROM (%L) TO (%L)',
        part, audit_least_id(beginning), audit_least_id(beginning + interval '1 year'));
      EXECUTE format('CREATE TRIGGER audit_entry_kept BEFORE TRUNCATE ON public.%I
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', part);
      added := added + 1;
    END IF;
    beginning := beginning + interval '1 year';
  END LOOP;
  RETURN added;
END $$;
