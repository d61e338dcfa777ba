import { test } from 'vitest'
import pg from 'pg'
import { openOffice, statementsOf } from './lists-support.ts'
import { readFileSync } from 'node:fs'
test('x', async () => {
  const o = await openOffice()
  const src = readFileSync(new URL('./plans.test.ts', import.meta.url), 'utf8')
  const sql = /const population = `([^`]*)`/.exec(src)![1]!.replaceAll('${total}', '200000').replace('BEGIN;', 'BEGIN; SET session_replication_role = replica;')
  const c = new pg.Client({ connectionString: o.config.databaseUrl })
  await c.connect()
  for (const analyzed of [false, true]) {
    if (!analyzed) { await c.query('ALTER TABLE contact SET (autovacuum_enabled=false); ALTER TABLE contact_point SET (autovacuum_enabled=false)'); await c.query(sql.replace('ANALYZE contact, contact_point;', '')) }
    else await c.query('ANALYZE contact, contact_point')
    await c.query('set statement_timeout = 20000')
    for (const search of ['3f8c6a', 'firma 417', 'firma', 'given7 f3', 'example.org given']) {
      const [s] = await statementsOf(() => o.ask('query ($s: String) { contacts(search: $s) { edges { node { id } } } }', { s: search }).catch(() => 0))
      for (const form of ['IN', 'ARRAY']) {
        const text = form === 'IN' ? s!.text : s!.text.replaceAll('c.contact_id IN (', 'c.contact_id = ANY (ARRAY(').replace(/(\|\| '%')\) AND c\.contact_id/g, "$1)) AND c.contact_id").replace(/(\|\| '%')\)\s+ORDER/, "$1)) ORDER")
        try {
          const r = await c.query({ text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values: [...s!.values] })
          const p = r.rows[0]['QUERY PLAN'][0]
          console.log(analyzed, search, form, p['Execution Time'])
        } catch (e) { console.log(analyzed, search, form, String(e), form === 'ARRAY' ? text : '') }
      }
    }
  }
  await c.end()
  await o.close()
}, 300000)
