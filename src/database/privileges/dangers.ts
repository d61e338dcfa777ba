/**
 * What a role could do to the database past the tables' privileges, itself or by becoming a role that it is a member of
 * (which `SET ROLE` does, whether or not it inherits). Each row says what, and the statement that mends it; none where only
 * another role will do. It reads nothing but what every role may read, on PostgreSQL 15 and newer.
 *
 * `$1`: the role; null for the one that asks.
 */
export const dangers = `
  WITH me AS (SELECT oid, rolsuper, quote_ident(rolname) AS name FROM pg_roles WHERE rolname = coalesce($1::name, session_user)),
  -- Through which of its memberships it gets there; a superuser needs none.
  reachable AS (
    SELECT r.oid, r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
      CASE WHEN r.oid <> me.oid THEN (
        SELECT quote_ident(d.rolname) FROM pg_auth_members m JOIN pg_roles d ON d.oid = m.roleid
        WHERE m.member = me.oid AND pg_has_role(d.oid, r.oid, 'MEMBER') ORDER BY d.rolname LIMIT 1) END AS through
    FROM me, pg_roles r
    WHERE r.oid = me.oid OR (NOT me.rolsuper AND pg_has_role(me.oid, r.oid, 'MEMBER'))
  ),
  attribute AS (
    SELECT r.*, string_agg(a.tells, ', ' ORDER BY a.place) AS tells, string_agg(a.without, ' ' ORDER BY a.place) AS without
    FROM reachable r, LATERAL (VALUES
      (1, r.rolsuper, 'is a superuser', 'NOSUPERUSER'),
      (2, r.rolcreaterole, 'may make roles', 'NOCREATEROLE'),
      (3, r.rolcreatedb, 'may make databases', 'NOCREATEDB'),
      (4, r.rolreplication, 'may replicate', 'NOREPLICATION'),
      (5, r.rolbypassrls, 'may bypass row security', 'NOBYPASSRLS')
    ) a(place, has, tells, without)
    WHERE a.has
    GROUP BY r.oid, r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls, r.through
  ),
  -- In this database, and what all databases share, such as the databases themselves. Large objects are nobody's table.
  owned AS (
    SELECT r.rolname, r.through, bool_or(d.classid = 'pg_database'::regclass) AS whole,
      (array_agg(pg_describe_object(d.classid, d.objid, d.objsubid) ORDER BY d.classid <> 'pg_database'::regclass, d.classid <> 'pg_class'::regclass, d.classid, d.objid))[:3] AS some,
      count(*) AS number
    FROM pg_shdepend d JOIN reachable r ON r.oid = d.refobjid
    WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND d.classid <> 'pg_largeobject'::regclass
      AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    GROUP BY r.rolname, r.through
  ),
  definer AS (
    SELECT p.oid, p.oid::regprocedure::text AS routine, p.proowner, p.proacl
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
    WHERE p.prosecdef AND p.oid >= 16384 AND NOT (l.lanname = 'c' AND EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'))
  ),
  granted AS (
    SELECT a.grantee, a.privilege_type AS privilege, 'SCHEMA ' || quote_ident(n.nspname) AS place, '' AS how
    FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
    WHERE a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
    UNION ALL
    SELECT a.grantee, a.privilege_type, 'DATABASE ' || quote_ident(b.datname), ''
    FROM pg_database b, aclexplode(coalesce(b.datacl, acldefault('d', b.datdba))) a
    WHERE b.datname = current_database() AND a.privilege_type IN ('CREATE', 'TEMPORARY') AND a.grantee <> b.datdba
    UNION ALL
    -- Turns triggers off; or makes the server run what one likes.
    SELECT a.grantee, a.privilege_type, 'PARAMETER ' || p.parname, ''
    FROM pg_parameter_acl p, aclexplode(p.paracl) a
    WHERE p.parname = 'session_replication_role' OR a.privilege_type = 'ALTER SYSTEM'
    UNION ALL
    -- Does what it does as its owner. Those that PostgreSQL brings have smaller oids; those of extensions are compiled.
    SELECT a.grantee, a.privilege_type, 'ROUTINE ' || d.routine, format(', which acts as %I', pg_get_userbyid(d.proowner))
    FROM definer d, aclexplode(coalesce(d.proacl, acldefault('f', d.proowner))) a
    WHERE a.grantee <> d.proowner
  )
  SELECT concat('is a member of ' || nullif(quote_ident(a.rolname), me.name) || ', which ', a.tells) AS fault,
    CASE WHEN a.through IS NOT NULL THEN format('REVOKE %s FROM %s', a.through, me.name)
      WHEN NOT a.rolsuper THEN format('ALTER ROLE %s %s', me.name, a.without) END AS mend
  FROM me, attribute a
  UNION ALL
  SELECT concat('is a member of ' || nullif(quote_ident(o.rolname), me.name) || ', which ', 'owns ', array_to_string(o.some, ', '),
      CASE WHEN o.number > 3 THEN format(' and %s more', o.number - 3) END),
    CASE WHEN o.through IS NOT NULL THEN format('REVOKE %s FROM %s', o.through, me.name)
      WHEN NOT o.whole THEN format('REASSIGN OWNED BY %s TO %I', me.name,
        (SELECT pg_get_userbyid(b.datdba) FROM pg_database b WHERE b.datname = current_database())) END
  FROM me, owned o
  UNION ALL
  -- PostgreSQL's own roles, but for those that only look, and what leaves the data alone.
  SELECT format('is a member of %I', r.rolname), format('REVOKE %s FROM %s', r.through, me.name)
  FROM me, reachable r
  WHERE r.rolname LIKE 'pg\\_%' AND r.through IS NOT NULL AND r.rolname NOT IN (
    'pg_monitor', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables', 'pg_checkpoint',
    'pg_use_reserved_connections', 'pg_signal_autovacuum_worker')
  UNION ALL
  SELECT format('may %s on %s%s, as everybody may', g.privilege, g.place, g.how), format('REVOKE %s ON %s FROM PUBLIC', g.privilege, g.place)
  FROM granted g WHERE g.grantee = 0
  UNION ALL
  SELECT format('may %s on %s%s', g.privilege, g.place, g.how), format('REVOKE %s ON %s FROM %I', g.privilege, g.place, r.rolname)
  FROM granted g JOIN reachable r ON r.oid = g.grantee
  UNION ALL
  -- A trigger asks nobody whether they may run its function.
  SELECT format('may have the trigger %I on %s run %s as %I', t.tgname, t.tgrelid::regclass, d.routine, pg_get_userbyid(d.proowner)),
    format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass)
  FROM definer d JOIN pg_trigger t ON t.tgfoid = d.oid WHERE NOT t.tgisinternal
  UNION ALL
  SELECT 'has session_replication_role set, which turns triggers off', format('ALTER ROLE %s RESET session_replication_role', me.name)
  FROM me WHERE $1 IS NULL AND current_setting('session_replication_role') <> 'origin'`
