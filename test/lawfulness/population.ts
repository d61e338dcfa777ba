import type pg from 'pg'

/**
 * Fills a database, past all guards, with contacts and their legal grounds: of ten, three may be sent the newsletter, one's
 * consent to it has lapsed, one has withdrawn, three have contracts, two have nothing. One of 10,000 is in a purpose that few
 * are in. Its guards come back with the connection's end.
 */
export async function populate(owner: pg.Client, total: number): Promise<void> {
  await owner.query("SET session_replication_role = 'replica'; SET synchronous_commit = off")
  await owner.query(`
    INSERT INTO purpose (key, id, names, descriptions, grounds, data_subjects, data_categories, recipients, transfers)
    SELECT key, gen_random_uuid(), '{}', '{}', grounds, '{}', '{}', '{}', '{}' FROM (VALUES
      ('many', '{consent}'::legal_ground[]), ('few', '{consent}'), ('contracts', '{contract}')) purpose(key, grounds)`)
  await owner.query(`
    CREATE TEMP TABLE person AS
    SELECT gen_random_uuid() AS contact_id, gen_random_uuid() AS event_id, n, md5(n::text) AS word FROM generate_series(1, ${total}) n`)
  await owner.query(`
    INSERT INTO contact (contact_id, given_name, family_name, display_name, birth_date)
    SELECT contact_id, 'Given' || n % 49, initcap(left(word, 4)), 'Given' || n % 49 || ' ' || initcap(left(word, 4)),
      CASE WHEN n % 3 > 0 THEN date '1950-01-01' + n % 20000 END FROM person`)
  await owner.query(`
    CREATE TEMP TABLE basis AS
    SELECT contact_id, event_id, purpose, ground::legal_ground, is_valid, given, CASE WHEN n % 10 = 3 THEN now() - interval '1 day' END AS ends
    FROM person, LATERAL (
      SELECT CASE WHEN n % 10 < 5 THEN 'many' ELSE 'contracts' END AS purpose, CASE WHEN n % 10 < 5 THEN 'consent' ELSE 'contract' END AS ground,
        n % 10 <> 4 AS is_valid, now() - n % 700 * interval '1 day' - interval '2 days' AS given
    ) said WHERE n % 10 < 8
    UNION ALL
    SELECT contact_id, gen_random_uuid(), 'few', 'consent', true, now() - interval '9 days', NULL FROM person WHERE n % 10000 = 7`)
  await owner.query(`
    INSERT INTO lawful_basis_event (contact_id, id, kind, purpose_key, ground, occurred_at, valid_from, valid_until, actor_kind)
    SELECT contact_id, event_id, CASE WHEN is_valid THEN 'given' ELSE 'withdrawn' END::basis_event_kind, purpose, ground, given,
      CASE WHEN is_valid THEN given END, CASE WHEN is_valid THEN ends END, 'user' FROM basis`)
  await owner.query(`
    INSERT INTO lawful_basis_period (contact_id, id, purpose_key, ground, is_valid, valid_from, valid_until, event_id, given_at, expires, lapse_noted)
    SELECT contact_id, gen_random_uuid(), purpose, ground, is_valid, given, ends, event_id, given, ends IS NOT NULL, ends IS NOT NULL FROM basis`)
  await owner.query('DROP TABLE person, basis')
  for (const table of ['contact', 'lawful_basis_event', 'lawful_basis_period', 'purpose']) {
    await owner.query(`VACUUM ANALYZE ${table}`)
  }
}
