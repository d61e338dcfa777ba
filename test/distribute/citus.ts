/**
 * What Citus 13 asks of tables before it distributes them, as functions by the same names; it notes where they would lie, and moves
 * nothing. After the checks in Citus's create_distributed_table.c and foreign_constraint.c, told in its words.
 */
export const rulesOfCitus = `
CREATE SCHEMA rules;
CREATE TABLE rules.pg_dist_partition (logicalrelid regclass PRIMARY KEY, partmethod text NOT NULL);
CREATE FUNCTION rules.citus_version() RETURNS text LANGUAGE sql AS $$ SELECT 'the rules of Citus 13' $$;

CREATE FUNCTION rules.require_free(moved regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM rules.pg_dist_partition p WHERE p.logicalrelid = moved) THEN
    RAISE 'table % is already distributed', moved;
  END IF;
  IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = moved AND NOT t.tgisinternal)
    AND current_setting('citus.enable_unsafe_triggers', true) IS DISTINCT FROM 'on' THEN
    RAISE 'triggers are not supported on distributed tables';
  END IF;
END $$;

CREATE FUNCTION rules.create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  key record;
BEGIN
  PERFORM rules.require_free(table_name);
  FOR key IN SELECT k.conname, k.confrelid::regclass AS target FROM pg_constraint k WHERE k.conrelid = table_name AND k.contype = 'f' LOOP
    IF key.target <> table_name AND NOT EXISTS (
      SELECT FROM rules.pg_dist_partition p WHERE p.logicalrelid = key.target AND p.partmethod = 'n') THEN
      RAISE 'cannot create foreign key constraint %: % is not on each node', key.conname, key.target;
    END IF;
  END LOOP;
  INSERT INTO rules.pg_dist_partition VALUES (table_name, 'n');
END $$;

CREATE FUNCTION rules.create_distributed_table(
  table_name regclass, distribution_column text, colocate_with text DEFAULT 'default', shard_count int DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found record;
BEGIN
  PERFORM rules.require_free(table_name);
  IF colocate_with <> 'default' AND NOT EXISTS (
    SELECT FROM rules.pg_dist_partition p WHERE p.logicalrelid = colocate_with::regclass AND p.partmethod = 'h') THEN
    RAISE 'relation % is not distributed', colocate_with;
  END IF;
  FOR found IN SELECT i.indexrelid::regclass AS name FROM pg_index i WHERE i.indrelid = table_name AND (i.indisunique OR i.indisexclusion)
    AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = table_name AND a.attname = distribution_column AND a.attnum = ANY (i.indkey))
  LOOP
    RAISE 'cannot create constraint on %: %', table_name, found.name
      USING DETAIL = 'Distributed relations cannot have UNIQUE, EXCLUDE, or PRIMARY KEY constraints that do not include the partition column.';
  END LOOP;
  FOR found IN
    SELECT k.conname, k.confrelid::regclass AS target, k.confdeltype, p.partmethod,
      (SELECT array_agg(a.attname || ' ' || b.attname) FROM unnest(k.conkey, k.confkey) AS c(own, other)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.own JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = c.other) AS pairs,
      EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = table_name AND a.attname = distribution_column AND a.attnum = ANY (k.conkey)) AS by_column
    FROM pg_constraint k LEFT JOIN rules.pg_dist_partition p ON p.logicalrelid = k.confrelid
    WHERE k.conrelid = table_name AND k.contype = 'f' AND k.conparentid = 0
  LOOP
    IF found.confdeltype IN ('n', 'd') AND found.by_column THEN
      RAISE 'SET NULL or SET DEFAULT is not supported in % where the distribution column is included', found.conname;
    END IF;
    CONTINUE WHEN found.partmethod = 'n';
    IF found.target <> table_name AND found.partmethod IS NULL THEN
      RAISE 'cannot create foreign key constraint %: % is a local table', found.conname, found.target;
    END IF;
    IF NOT (distribution_column || ' ' || distribution_column) = ANY (found.pairs) THEN
      RAISE 'cannot create foreign key constraint %: foreign keys are supported in two cases, either in between two colocated tables '
        'including partition column in the same ordinal in the both tables or from distributed to reference tables', found.conname;
    END IF;
  END LOOP;
  INSERT INTO rules.pg_dist_partition VALUES (table_name, 'h');
END $$;

CREATE FUNCTION rules.citus_add_local_table_to_metadata(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  SELECT k.conname INTO found FROM pg_constraint k JOIN rules.pg_dist_partition p ON p.logicalrelid = k.confrelid
    WHERE k.conrelid = table_name AND k.contype = 'f' AND p.partmethod = 'h' LIMIT 1;
  IF FOUND THEN
    RAISE 'cannot create foreign key constraint % from a local table to a distributed one', found;
  END IF;
  INSERT INTO rules.pg_dist_partition VALUES (table_name, 'l');
END $$`
