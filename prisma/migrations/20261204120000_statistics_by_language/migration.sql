-- Contacts are told apart by language, from the next month on. What was released of them until now are totals (`*`), and stays.
DO $$
DECLARE
  tab text;
  columns text;
BEGIN
  FOR tab, columns IN VALUES
    ('statistic_cell', 'subject, month, event, purpose_key, ground, channel, kind, language'),
    ('statistic_number', 'subject, span, period, event, purpose_key, ground, channel, kind, language'),
    ('statistic_drift', 'subject, event, purpose_key, ground, language'),
    ('statistic_tally', 'subject, month, event, purpose_key, ground, channel, kind, language')
  LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN language text NOT NULL DEFAULT ''''', tab);
    IF tab IN ('statistic_cell', 'statistic_number') THEN
      EXECUTE format('ALTER TABLE %I DISABLE TRIGGER statistic_released', tab);
    END IF;
    -- Of whom was erased before, nobody knows it any more.
    EXECUTE format('UPDATE %I SET language = %L WHERE subject = ''contacts''', tab,
      CASE tab WHEN 'statistic_tally' THEN 'none' ELSE '*' END);
    IF tab IN ('statistic_cell', 'statistic_number') THEN
      EXECUTE format('ALTER TABLE %I ENABLE TRIGGER statistic_released', tab);
    END IF;
    EXECUTE format('ALTER TABLE %I ALTER COLUMN language DROP DEFAULT', tab);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I, ADD CONSTRAINT %I PRIMARY KEY (%s)', tab, tab || '_pkey', tab || '_pkey', columns);
  END LOOP;
END $$;
