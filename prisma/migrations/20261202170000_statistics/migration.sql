CREATE TABLE "statistic_release" (
    "month" DATE NOT NULL,
    "released_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "statistic_release_pkey" PRIMARY KEY ("month")
);
CREATE TABLE "statistic_cell" (
    "subject" TEXT NOT NULL,
    "month" DATE NOT NULL,
    "event" TEXT NOT NULL,
    "purpose_key" TEXT NOT NULL,
    "ground" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "value" INTEGER NOT NULL,
    "draws" INTEGER NOT NULL,
    CONSTRAINT "statistic_cell_pkey" PRIMARY KEY ("subject", "month", "event", "purpose_key", "ground", "channel", "kind")
);
CREATE TABLE "statistic_drift" (
    "subject" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "purpose_key" TEXT NOT NULL,
    "ground" TEXT NOT NULL,
    "noise" INTEGER NOT NULL,
    "draws" INTEGER NOT NULL,
    CONSTRAINT "statistic_drift_pkey" PRIMARY KEY ("subject", "event", "purpose_key", "ground")
);
CREATE TABLE "statistic_tally" (
    "subject" TEXT NOT NULL,
    "month" DATE NOT NULL,
    "event" TEXT NOT NULL,
    "purpose_key" TEXT NOT NULL,
    "ground" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    CONSTRAINT "statistic_tally_pkey" PRIMARY KEY ("subject", "month", "event", "purpose_key", "ground", "channel", "kind")
);

-- What was released stays: a number that were drawn again would tell more than the two of them each.
CREATE FUNCTION statistic_released() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'A released number can''t be changed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER statistic_released BEFORE UPDATE OR DELETE ON statistic_cell FOR EACH ROW EXECUTE FUNCTION statistic_released();
CREATE TRIGGER statistic_released BEFORE UPDATE OR DELETE ON statistic_release FOR EACH ROW EXECUTE FUNCTION statistic_released();

-- What was kept of contacts that were erased until now: how many there were at the end of each month, and how many were new in it.
INSERT INTO statistic_tally (subject, month, event, purpose_key, ground, channel, kind, count)
SELECT CASE WHEN s.purpose_key = '' THEN 'contacts' ELSE 'grounds' END, m.month::date, 'standing', s.purpose_key, s.ground, '', '',
  sum(s.began - s.ended - s.erased)
FROM generate_series((SELECT min(month) FROM contact_statistic)::timestamp, now() AT TIME ZONE 'UTC', interval '1 month') m (month)
JOIN contact_statistic s ON s.month <= m.month
GROUP BY s.purpose_key, s.ground, m.month HAVING sum(s.began - s.ended - s.erased) > 0;
INSERT INTO statistic_tally (subject, month, event, purpose_key, ground, channel, kind, count)
SELECT 'contacts', month, 'added', '', '', '', '', began FROM contact_statistic WHERE purpose_key = '' AND began > 0;
DROP TABLE contact_statistic;
