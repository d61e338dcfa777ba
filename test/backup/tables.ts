import { randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'

type Column = { name: string; type: string; enumerated: string | null; digits: number | null }

let count = 0

/** A word that is nowhere else. */
export const mark = (text: string): string => `zq${text}${++count}x${randomBytes(4).toString('hex')}`

/**
 * Puts a row about a contact into a table, past all that guards it, with something unique in every column that can carry it.
 * Returns what that is, as it stands in the rows of an archive.
 */
export async function fillTable(client: pg.Client, table: string, contactId: string): Promise<string[]> {
  const { rows: columns } = await client.query<Column>(
    `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, information_schema._pg_numeric_precision(a.atttypid, a.atttypmod)
         - information_schema._pg_numeric_scale(a.atttypid, a.atttypmod) AS digits,
       (SELECT enumlabel FROM pg_enum WHERE enumtypid = a.atttypid ORDER BY enumsortorder LIMIT 1) AS enumerated
     FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''`,
    [`"${table}"`],
  )
  await client.query(
    `DO $$ DECLARE c record; BEGIN
       FOR c IN SELECT conname FROM pg_constraint WHERE conrelid = '"${table}"'::regclass AND contype IN ('c', 'x', 'f') LOOP
         EXECUTE format('ALTER TABLE "${table}" DROP CONSTRAINT %I', c.conname);
       END LOOP;
     END $$`,
  )
  const marks: string[] = []
  const values = columns.map(({ name, type, enumerated }) => {
    if (name === 'contact_id') return contactId
    if (enumerated !== null) return enumerated
    const word = mark(table)
    switch (type) {
      case 'text':
      case 'character varying':
        marks.push(word)
        return word
      case 'text[]':
        marks.push(word)
        return [word]
      case 'jsonb':
        marks.push(word)
        return JSON.stringify({ [word]: word })
      case 'bytea':
        marks.push(Buffer.from(word).toString('hex'))
        return Buffer.from(word)
      case 'uuid': {
        const id = randomUUID()
        if (name !== 'id') marks.push(id)
        return id
      }
      case 'uuid[]':
        return [randomUUID()]
      case 'boolean':
        return true
      case 'date':
        return '1931-03-17'
      default:
        return /timestamp/.test(type)
          ? new Date()
          : /^(integer|bigint|smallint|numeric|double precision|real)$/.test(type)
            ? 7
            : null
    }
  })
  await client.query(
    `INSERT INTO "${table}" (${columns.map(({ name }) => `"${name}"`).join()}) VALUES (${columns.map((_, at) => `$${at + 1}`).join()})`,
    values,
  )
  return marks
}
