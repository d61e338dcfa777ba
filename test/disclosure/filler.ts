import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { getDatamodel } from '#prisma/pothos.ts'
import { tableOf } from '../../src/database/models.ts'
import type { ContactKey } from '../../src/keys/keys.ts'
import type { Column } from '../support/columns.ts'

/** What a module discloses, as text. */
export type Told = { records: string; files: string }

/** How what was put into a column is found again. */
export type Mark = Column & {
  /** As it stands in the JSON and the CSV; undefined where a column can't carry anything unique. */
  text?: string
  /** It is in a file. */
  inFile?: boolean
}

type Field = { name: string; type: string; kind: string; isList: boolean; isRequired: boolean }

// Of all fillers, so that no two make the same.
let count = 0

// The three forms that sealed texts have.
const forms: readonly ((mark: string) => string)[] = [
  (mark) => mark,
  (mark) => JSON.stringify({ mark: { new: mark } }),
  (mark) => JSON.stringify({ to: 'reader@example.org', subject: mark, text: mark, html: mark }),
]

/** The field that a column is called by. */
const fieldOf = (columns: ReadonlyMap<string, string>, column: string): string =>
  [...columns].find(([, name]) => name === column)?.[0] ?? column

/**
 * Puts something unique into every classified column of a contact, whatever the column is called: found from the data model. Rows that the
 * product made stay, and get what they lack; where there are none, one is made, with whatever it refers to.
 */
export function createFiller(
  client: pg.Client,
  database: object,
  { contactId, key }: { contactId: string; key: ContactKey },
  {
    columns,
    words,
    prefix = 'zq',
  }: {
    columns: readonly Column[] /** What enumerated columns take, by `table.column`. */
    words: ReadonlyMap<string, readonly string[]>
    /** What begins all that is put into classified columns; what these refer to gets something else. */
    prefix?: string
  },
) {
  const parents = new Map<string, Promise<Record<string, unknown>>>()
  const models = getDatamodel().datamodel.models as unknown as Record<string, { fields: Field[] }>
  const fieldsOf = (model: string) => models[model]?.fields ?? []

  /** Something of this type that is nowhere else. */
  function unique(
    { type, isList }: Pick<Field, 'type' | 'isList'>,
    native: string,
    digits = 9,
    beginning = prefix,
  ): { value: unknown; text?: string } {
    count++
    const word = `${beginning}${count}mark`
    if (isList && native === '_uuid') return ((id) => ({ value: [id], text: id }))(randomUUID())
    if (isList) return { value: [word], text: word }
    switch (type) {
      case 'String':
        if (native !== 'uuid') return { value: word, text: word }
        return ((id) => ({ value: id, text: id }))(randomUUID())
      case 'Int':
      case 'BigInt':
        return { value: 70_000_000 + count, text: String(70_000_000 + count) }
      case 'Float':
        return { value: 70_000_000 + count, text: String(70_000_000 + count) }
      case 'Decimal':
        // Some have room for a few digits only.
        return {
          value: digits >= 6 ? 700_000 + count : count % 10 ** digits,
          text: String(digits >= 6 ? 700_000 + count : count % 10 ** digits),
        }
      case 'DateTime': {
        const moment = new Date(Date.UTC(2001, 1, 1 + (count % 27), 3, count % 60, Math.floor(count / 60)))
        if (native !== 'date') return { value: moment, text: moment.toISOString() }
        return { value: `19${10 + (count % 80)}-03-04`, text: `19${10 + (count % 80)}-03-04` }
      }
      case 'Json':
        return { value: JSON.stringify({ zqkey: word }), text: word }
      default:
        return { value: undefined }
    }
  }

  const nativeTypes = async (table: string) => {
    const { rows } = await client.query<{
      column_name: string
      udt_name: string
      is_nullable: string
      digits: number | null
    }>(
      `SELECT column_name, udt_name, is_nullable, (numeric_precision - numeric_scale)::int AS digits FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1`,
      [table],
    )
    return new Map(
      rows.map((row) => [
        row.column_name,
        { native: row.udt_name, required: row.is_nullable === 'NO', digits: row.digits ?? 9 },
      ]),
    )
  }

  /** A row of a model with everything that it must have; parents are made once. */
  async function insert(model: string, given: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { table, columns: names } = tableOf(database, model)
    const natives = await nativeTypes(table)
    const values: Record<string, unknown> = { ...given }
    for (const { column, parent, referred } of await referencesOf(table)) {
      const name = fieldOf(names, column)
      if (values[name] !== undefined || (!natives.get(column)?.required && !isPersonal(model, name))) continue
      values[name] = (await parentRow(parent))[fieldOf(tableOf(database, parent).columns, referred)]
    }
    for (const field of fieldsOf(model)) {
      const column = names.get(field.name)
      const native = natives.get(column ?? '')
      if (field.kind === 'object' || values[field.name] !== undefined || !native?.required) continue
      values[field.name] =
        field.type === 'Bytes' && values['contactId']
          ? key.seal(`${table}/${contactId}/${values['id']}/${column}/1`, Buffer.from('{}'))
          : (words.get(`${table}.${column}`)?.[0] ?? (await anything(field, native.native, native.digits)))
    }
    const filled = Object.entries(values).filter(([name, value]) => value !== undefined && names.has(name))
    await client.query(
      `INSERT INTO "${table}" (${filled.map(([name]) => `"${names.get(name)}"`).join()}) VALUES (${filled.map((_, index) => `$${index + 1}`).join()})`,
      filled.map(([, value]) => value),
    )
    return values
  }

  /** The columns of a table that lead to others, other than to the contact itself. */
  async function referencesOf(table: string): Promise<{ column: string; parent: string; referred: string }[]> {
    const { rows } = await client.query<{ column: string; table: string; referred: string }>(
      `SELECT a.attname AS column, r.relname AS table, f.attname AS referred FROM pg_constraint c
       CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (own, other)
       JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own JOIN pg_class r ON r.oid = c.confrelid
       JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.other
       WHERE c.contype = 'f' AND c.conrelid = $1::regclass AND a.attname <> 'contact_id' AND c.confrelid <> c.conrelid`,
      [table],
    )
    return rows.map(({ table: of, ...row }) => ({
      ...row,
      parent: Object.keys(models).find((model) => tableOf(database, model).table === of) ?? of,
    }))
  }

  /** A row that others lead to, made once; about the same contact, if it is about one. */
  function parentRow(model: string): Promise<Record<string, unknown>> {
    const about = fieldsOf(model).some(({ name }) => name === 'contactId')
    const row = parents.get(model) ?? insert(model, about ? { contactId, id: randomUUID() } : {})
    parents.set(model, row)
    return row
  }

  const isPersonal = (model: string, field: string) =>
    columns.some((column) => column.model === model && column.field === field && column.category)

  async function anything(field: Field, native: string, digits: number): Promise<unknown> {
    if (field.kind === 'enum') return field.isList ? [] : (await labelsOf(native))[0]
    if (field.type === 'Boolean') return false
    if (field.type === 'Bytes') return Buffer.of(1)
    if (field.type === 'Json') return '{}'
    if (/timeZone/i.test(field.name)) return 'Europe/Berlin'
    return unique(field, native, digits, 'zq').value
  }

  const labelsOf = async (native: string): Promise<string[]> =>
    (
      await client.query(`SELECT enumlabel FROM pg_enum WHERE enumtypid = $1::regtype ORDER BY enumsortorder`, [native])
    ).rows.map(({ enumlabel }) => enumlabel)

  return {
    /** A row of a model with everything that it must have. */
    insert,

    /** Fills all classified columns of a model. `disclosed` reads what its module tells. */
    async fill(model: string, told: () => Promise<Told>): Promise<Mark[]> {
      const { table, columns: names } = tableOf(database, model)
      const natives = await nativeTypes(table)
      // Sealed ones first: with what else stands there, nothing opens.
      const own = columns
        .filter((column) => column.model === model && column.category)
        .toSorted((one, other) => Number(other.type === 'Bytes') - Number(one.type === 'Bytes'))
      const where = '"contact_id" = $1'
      if (own.length === 0) return []
      const { rowCount } = await client.query(`SELECT 1 FROM "${table}" WHERE ${where}`, [contactId])
      if (rowCount === 0) {
        await insert(model, { contactId, ...(names.has('id') && { id: randomUUID() }) })
      }
      const leading = new Map((await referencesOf(table)).map((one) => [one.column, one]))
      const marks: Mark[] = []
      for (const column of own) {
        const name = names.get(column.field) ?? ''
        const { native = '', digits = 9 } = natives.get(name) ?? {}
        const field = fieldsOf(model).find((one) => one.name === column.field)
        if (!field) throw new Error(`${model}.${column.field} is not in the data model`)
        const set = (value: unknown) =>
          client.query(`UPDATE "${table}" SET "${name}" = $2 WHERE ${where}`, [contactId, value])
        const known = words.get(`${table}.${name}`)
        if (field.kind === 'enum' || field.type === 'Boolean' || (known && known.length > 1)) {
          // Nothing unique goes in: what is told must tell one from the other.
          const [one, other] = known ?? (field.kind === 'enum' ? await labelsOf(native) : [true, false])
          await set(field.isList ? [one] : one)
          const { records: before } = await told()
          await set(field.isList ? [other] : other)
          if (before === (await told()).records) throw new Error(`${model}.${column.field} is not disclosed`)
          marks.push(column)
        } else if (field.type === 'Bytes') {
          marks.push({ ...column, ...(await sealedMark({ model: table, name, field: column.field, told, where })) })
        } else if (!leading.has(name)) {
          const { value, text } = unique(field, native, digits)
          await set(value)
          marks.push({ ...column, ...(text && { text }) })
        } else {
          const { parent = '', referred = '' } = leading.get(name) ?? {}
          const value = (await parentRow(parent))[fieldOf(tableOf(database, parent).columns, referred)]
          await set(value)
          marks.push({ ...column, text: String(value) })
        }
      }
      return marks
    },
  }

  type Sealed = { model: string; name: string; field: string; told: () => Promise<Told>; where: string }

  async function sealedMark({
    model: table,
    name,
    field,
    told,
    where,
  }: Sealed): Promise<{ text: string; inFile: boolean }> {
    count++
    const mark = `${prefix}${count}sealed`
    const { rows } = await client.query(`SELECT "id" FROM "${table}" WHERE ${where}`, [contactId])
    for (const form of forms) {
      for (const { id } of rows) {
        const sealed = key.seal(`${table}/${contactId}/${id}/${name}/1`, Buffer.from(form(mark)))
        await client.query(`UPDATE "${table}" SET "${name}" = $3 WHERE ${where} AND "id" = $2`, [contactId, id, sealed])
      }
      // A form that the module does not know does not open, and it says so.
      const { records, files } = await told().catch(() => ({ records: '', files: '' }))
      if (records.includes(mark)) return { text: mark, inFile: false }
      if (files.includes(mark)) return { text: mark, inFile: true }
    }
    throw new Error(`${table}.${field} is not disclosed`)
  }
}

/** So that anything can stand where only some of it is known. Returns the words that columns take, by `table.column`. */
export async function dropChecks(client: pg.Client): Promise<Map<string, string[]>> {
  const words = new Map<string, string[]>()
  const { rows } = await client.query<{ of: string; name: string; says: string }>(
    `SELECT conrelid::regclass::text AS of, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS says FROM pg_constraint WHERE contype IN ('c', 'x') AND conrelid <> 0`,
  )
  for (const one of rows) {
    const [, column, list] = /^CHECK \(\((\w+) = ANY \(ARRAY\[(.*?)\]/.exec(one.says) ?? []
    if (column && list) {
      const found = [...list.matchAll(/'([^']*)'/g)].map(([, word]) => word ?? '')
      words.set(`${one.of}.${column}`, found)
    }
    await client.query(`ALTER TABLE ${one.of} DROP CONSTRAINT ${one.name}`)
  }
  const { rows: labels } = await client.query<{ of: string; name: string; words: string[] }>(
    `SELECT attrelid::regclass::text AS of, quote_ident(attname) AS name, array_agg(enumlabel::text) AS words FROM pg_attribute
     JOIN pg_enum ON enumtypid = atttypid WHERE attnum > 0 GROUP BY attrelid, attname`,
  )
  for (const one of labels) if (!words.has(`${one.of}.${one.name}`)) words.set(`${one.of}.${one.name}`, one.words)
  return words
}
