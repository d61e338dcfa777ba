import type pg from 'pg'
import type { Lost } from './check.ts'

/** What became of documents of contacts who were left out. */
export type LeftOut = {
  /** They held personal data, and nobody is left whose key opens them: removed. */
  removed: number
  /** They hold no personal data, and belong to nobody now. */
  unlinked: number
}

/**
 * Makes documents, which are everybody's in an archive, fit the contacts who are there: as their erasure did, as far as anybody can know
 * by now. To which contacts those without personal data belonged only the contacts' own rows told: so they stay, and belong to nobody.
 */
export async function settleLeftOut(owner: pg.Client, { erased, unknown }: Lost): Promise<LeftOut> {
  if (erased + unknown === 0) return { removed: 0, unlinked: 0 }
  const { rowCount: removed } = await owner.query(
    `DELETE FROM document d WHERE d.personal <> 'none' AND NOT EXISTS (SELECT FROM document_contact l WHERE l.document_id = d.id)`,
  )
  const { rows: files } = await owner.query<{ storage_key: string }>(
    `DELETE FROM document_version v WHERE NOT EXISTS (SELECT FROM document d WHERE d.id = v.document_id) RETURNING storage_key`,
  )
  // Somebody whose key may still be found, in a later backup of the key store, needs the files then: those go in a month.
  if (unknown === 0) {
    await owner.query('INSERT INTO document_removal (storage_key) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [
      files.map((file) => file.storage_key),
    ])
  }
  const { rows } = await owner.query<{ unlinked: number }>(
    `WITH counted AS (
       SELECT d.id, d.contact_count AS had, (SELECT count(*)::int FROM document_contact l WHERE l.document_id = d.id) AS has FROM document d
     ), mended AS (
       UPDATE document d SET contact_count = c.has, version = d.version + 1 FROM counted c WHERE c.id = d.id AND c.has <> c.had RETURNING c.has
     )
     SELECT count(*) FILTER (WHERE has = 0)::int AS unlinked FROM mended`,
  )
  return { removed: removed ?? 0, unlinked: rows[0]?.unlinked ?? 0 }
}
