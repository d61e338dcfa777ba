-- Whoever may add to the tree may add only what fits: the next leaves, of entries that are there, nodes above leaves that are
-- there, and checkpoints of sizes that the tree has. Whether hashes and signatures are right, only the product can tell.
-- Checked after each statement, for all its rows at once; each by an index, which subqueries of one value can't but use.

CREATE FUNCTION audit_check_leaves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  first bigint;
BEGIN
  SELECT min(l.leaf_index) INTO first FROM added l HAVING max(l.leaf_index) - min(l.leaf_index) + 1 <> count(*) OR min(l.leaf_index) < 0;
  IF FOUND THEN
    RAISE 'audit_leaf: leaves from % on are not consecutive', first USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT min(l.leaf_index) INTO first FROM added l;
  IF first > 0 AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.leaf_index = first - 1) THEN
    RAISE 'audit_leaf: leaf % would have none before it', first USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT l.leaf_index INTO first FROM added l
  WHERE length(l.hash) <> 32 OR CASE
    WHEN l.contact_id IS NULL THEN (SELECT e.id FROM system_audit_entry e WHERE e.id = l.entry_id)
    ELSE (SELECT e.id FROM audit_entry e WHERE e.contact_id = l.contact_id AND e.id = l.entry_id) END IS NULL
  LIMIT 1;
  IF FOUND THEN
    RAISE 'audit_leaf: leaf % is of no entry, or has no hash', first USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION audit_check_nodes() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM added n
    WHERE length(n.hash) <> 32 OR n.level NOT BETWEEN 1 AND 6 OR n.node_index NOT BETWEEN 0 AND 2 ^ 53 / 256 ^ n.level OR (
      SELECT l.leaf_index FROM audit_leaf l WHERE l.leaf_index = (n.node_index + 1) * (256 ^ n.level)::bigint - 1) IS NULL
  ) THEN
    RAISE 'audit_node: a node has no leaves under it, or no hash' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION audit_check_checkpoints() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM added c
    WHERE split_part(c.note, E'\n', 2) <> c.tree_size::text OR (
      SELECT l.leaf_index FROM audit_leaf l WHERE l.leaf_index = c.tree_size - 1) IS NULL
  ) THEN
    RAISE 'audit_checkpoint: the tree has no such size' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER audit_leaf_checked AFTER INSERT ON audit_leaf
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_check_leaves();
CREATE TRIGGER audit_node_checked AFTER INSERT ON audit_node
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_check_nodes();
CREATE TRIGGER audit_checkpoint_checked AFTER INSERT ON audit_checkpoint
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_check_checkpoints();
