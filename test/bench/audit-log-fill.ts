import { createHash, randomUUID } from 'node:crypto'
import type pg from 'pg'

/** What was made: the contacts, the first of which was looked at 20,000 times; and a request with 20 entries. */
export type Filled = { contacts: string[]; requestId: string }

/** The id of somebody who acted; those with small numbers did much. */
export const actorId = (number: number): string => uuidOf(`actor${number}`)

const uuidOf = (text: string) =>
  createHash('md5')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5')

const batch = 250_000

/**
 * Fills the log, past all guards, with entries evenly over some years: 7 of 10 about contacts. What they are like is spread
 * unevenly, as it is in life: rare actions, fields that were frequent once, people who do much and others who do little. The
 * sealed values are random bytes, which don't open.
 */
export async function fillLog(owner: pg.Client, total: number, years: number): Promise<Filled> {
  const contacts = Array.from({ length: Math.max(1000, Math.floor(total / 100)) }, () => randomUUID())
  const requestId = randomUUID()
  const began = performance.now()
  await owner.query(
    "SET session_replication_role = 'replica'; SET synchronous_commit = off; SET maintenance_work_mem = '512MB'",
  )
  await owner.query('CREATE TEMP TABLE made AS SELECT n, id FROM unnest($1::uuid[]) WITH ORDINALITY c(id, n)', [
    contacts,
  ])
  await owner.query(
    'CREATE TEMP TABLE actors AS SELECT n - 1 AS n, id FROM unnest($1::uuid[]) WITH ORDINALITY a(id, n)',
    [Array.from({ length: 200 }, (_, number) => actorId(number))],
  )
  await owner.query('CREATE INDEX ON made (n); ANALYZE made; ANALYZE actors; SELECT setseed(0.5)')
  // A contact has a tag by which a bound caller sees it.
  await owner.query(`INSERT INTO contact (contact_id, tags)
    SELECT id, CASE WHEN n <= 20 THEN ARRAY['few'] WHEN n % 100 = 0 THEN ARRAY['many'] ELSE '{}' END FROM made`)
  const indexes = await takeIndexes(owner)
  for (let from = 1; from <= total; from += batch) {
    const rows = [from, Math.min(total, from + batch - 1), total, years]
    await owner.query(aboutContacts, [...rows, requestId])
    await owner.query(aboutOthers, rows)
  }
  for (const { definition } of indexes) await owner.query(definition)
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  await owner.query('VACUUM ANALYZE audit_entry')
  await owner.query('VACUUM ANALYZE system_audit_entry')
  await owner.query('VACUUM ANALYZE contact')
  console.log(`filled in ${seconds} s`)
  const { rows } = await owner.query<{ name: string; size: string }>(
    `SELECT relname AS name, pg_size_pretty(pg_relation_size(oid)) AS size FROM pg_class
     WHERE relname ~ '^(system_)?audit_entry' AND relkind IN ('r', 'i') AND pg_relation_size(oid) > 100000 ORDER BY relname`,
  )
  for (const { name, size } of rows) console.log(`${name.padEnd(46)} ${size.padStart(10)}`)
  return { contacts, requestId }
}

/** Indexes are made afterwards, which is quicker. */
async function takeIndexes(owner: pg.Client) {
  const { rows } = await owner.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, replace(indexdef, ' ON ONLY ', ' ON ') AS definition FROM pg_indexes
     WHERE tablename IN ('audit_entry', 'system_audit_entry') AND indexname !~ 'pkey$'`,
  )
  for (const { name } of rows) await owner.query(`DROP INDEX "${name}"`)
  return rows
}

const numbered = `
  FROM (
    SELECT n, now() - ($3::int - n)::float8 / $3::int * ($4::int * interval '365 days') AS at, random() r, random() u, random() v, random() w,
      floor(200 * power(random(), 3))::int AS a
    FROM generate_series($1::int, $2::int) n OFFSET 0
  ) t
  LEFT JOIN actors ON actors.n = t.a AND t.u < 0.9`

const id = (salt: string) => `
  (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5('${salt}' || t.n), 1, 3) || '8' || substr(md5('${salt}' || t.n), 4, 15))::uuid`
const sealed = `decode('01' || md5(t.n::text) || md5('x' || t.n) || md5('y' || t.n) || md5('z' || t.n) || md5('q' || t.n) || md5('p' || t.n), 'hex')`

const aboutContacts = `
  INSERT INTO audit_entry (contact_id, id, recorded_at, transaction_id, request_id, actor_kind, actor_id, action, operation, entity,
    entity_id, fields, "values", sequence)
  SELECT made.id, ${id('a')}, at, t.n, CASE WHEN t.n BETWEEN 1000 AND 1030 THEN $5 ELSE gen_random_uuid()::text END,
    CASE WHEN u < 0.8 THEN 'user' WHEN u < 0.9 THEN 'client' WHEN u < 0.99999 THEN 'system' ELSE 'operator' END, actors.id,
    CASE WHEN r < 0.5 THEN 'created' WHEN r < 0.8 THEN 'updated' WHEN r < 0.985 THEN 'read' WHEN r < 0.9999 THEN 'removed' ELSE 'created' END,
    CASE WHEN r < 0.5 THEN 'createContact' WHEN r < 0.8 THEN 'updateContact' WHEN r < 0.985 THEN 'contact' WHEN r < 0.9999 THEN 'updateContact' ELSE 'mergeContacts' END,
    CASE WHEN r < 0.3 THEN 'Contact' WHEN r < 0.42 THEN 'EmailAddress' WHEN r < 0.5 THEN 'PhoneNumber' WHEN r < 0.7 THEN 'Contact'
      WHEN r < 0.8 THEN 'EmailAddress' WHEN r < 0.985 THEN 'Contact' WHEN r < 0.9999 THEN 'EmailAddress' ELSE 'ContactMerge' END,
    gen_random_uuid(),
    CASE WHEN r < 0.3 THEN ARRAY['givenName', 'familyName', 'displayName'] WHEN r < 0.5 THEN ARRAY['address', 'primary']
      WHEN r < 0.7 AND t.n < 0.05 * $3::int AND v < 0.5 THEN ARRAY['timeZone'] WHEN r < 0.7 AND w < 0.0001 THEN ARRAY['birthDate']
      WHEN r < 0.7 THEN ARRAY[(ARRAY['jobTitle', 'organisation', 'tags', 'title', 'familyName'])[1 + floor(v * 5)::int]]
      WHEN r < 0.8 THEN ARRAY['label'] WHEN r < 0.985 THEN ARRAY['history'] WHEN r < 0.9999 THEN ARRAY['address'] ELSE ARRAY['source'] END,
    ${sealed}, t.n
  ${numbered}
  JOIN made ON made.n = CASE WHEN r >= 0.8 AND r < 0.985 AND w < least(1, 20000 / (0.13 * $3::int)) THEN 1
    ELSE 1 + floor((SELECT count(*) FROM made) * power(v, 2))::int END
  WHERE t.n % 10 < 7 ORDER BY t.n`

const aboutOthers = `
  INSERT INTO system_audit_entry (id, recorded_at, transaction_id, request_id, actor_kind, actor_id, action, operation, entity,
    entity_id, fields, "values")
  SELECT ${id('s')}, at, t.n, gen_random_uuid()::text,
    CASE WHEN r < 0.05 THEN 'anonymous' WHEN u < 0.8 THEN 'user' WHEN u < 0.9 THEN 'client' WHEN u < 0.99999 THEN 'system' ELSE 'operator' END,
    CASE WHEN r >= 0.05 THEN actors.id END,
    CASE WHEN r < 0.05 THEN 'refused' WHEN r < 0.5 THEN 'created' WHEN r < 0.9 THEN 'removed' ELSE 'updated' END,
    CASE WHEN r < 0.9 THEN 'signIn' WHEN r < 0.99999 THEN 'housekeeping' ELSE 'grantRight' END,
    CASE WHEN r < 0.05 THEN 'User' WHEN r < 0.99999 THEN 'Session' ELSE 'Grant' END, gen_random_uuid(),
    CASE WHEN r < 0.05 THEN ARRAY['address'] WHEN r < 0.99999 THEN ARRAY['user', 'expiresAt'] ELSE ARRAY['grant'] END, ${sealed}
  ${numbered}
  WHERE t.n % 10 >= 7 ORDER BY t.n`
