import { z } from 'zod'
import { LegalGround } from '#prisma/client.ts'
import type { Fault } from '../../../graphql/errors.ts'
import type { ContactDraft } from '../draft.ts'
import { lineBatches, type TextLine } from './lines.ts'
import { ImportFileError, type ImportRow } from './row.ts'

/** The key that tells in a list of rejected lines what is wrong, and that is passed over in reading. */
export const FAULTS_KEY = '_faults'

const MAX_LINE_LENGTH = 1024 * 1024

/**
 * Reads contacts from JSON Lines: one contact, written as a `ContactDraft`, in each line. Its `bases` are legal grounds:
 * `{"purpose": "newsletter", "ground": "consent", "since": "2026-04-12"}`.
 */
export async function* readJsonLines(text: AsyncIterable<string>): AsyncGenerator<ImportRow> {
  const schema = draftSchema()
  let isFirst = true
  for await (const lines of lineBatches(text, MAX_LINE_LENGTH)) {
    for (const line of lines) {
      if (line.text.trim() === '') continue
      if (isFirst) refuseOtherJson(line)
      isFirst = false
      const row = readLine(line, schema)
      if (row) yield row
    }
  }
  if (isFirst) throw new ImportFileError('file', 'The file is empty. Choose a file that holds contacts.')
}

function readLine({ number, text, isCut }: TextLine, schema: ReturnType<typeof draftSchema>): ImportRow | undefined {
  const row = { place: `line ${number}`, original: { format: 'jsonl' as const, line: text } }
  const fault = (message: string): ImportRow => ({ ...row, draft: {}, faults: [{ field: 'line', message }] })
  if (isCut) return fault('The line is longer than 1 MiB and was cut off. Each contact takes one line of its own.')
  const value = parseJson(text)
  if (value instanceof SyntaxError) return fault(`The line is not valid JSON: ${value.message}.`)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fault('The line must be one object, such as {"givenName": "Anna"}.')
  }
  const { [FAULTS_KEY]: faults, ...keys } = { [FAULTS_KEY]: undefined, ...value }
  // A line of nothing but faults stands before a line that could not be read (bad-rows.ts).
  if (faults !== undefined && Object.keys(keys).length === 0) return undefined
  if (faults !== undefined) row.original.line = JSON.stringify(keys)
  const { data, error } = schema.safeParse(keys)
  if (error) return { ...row, draft: {}, faults: error.issues.flatMap(toFaults) }
  const { externalId, customFields, bases: grounds = [], ...rest } = data
  const fields = Object.entries(customFields ?? {}).map(([key, written]) => ({
    key,
    value: written === null ? null : { written },
  }))
  const draft = { ...rest, ...(fields.length > 0 && { customFields: fields }) }
  const bases = grounds.map(({ since = true, ...basis }) => ({ ...basis, since: String(since) }))
  return { ...row, draft, ...(externalId && { externalId }), ...(bases.length > 0 && { bases }), faults: [] }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return error
    throw error
  }
}

function refuseOtherJson({ text, number }: TextLine) {
  if (/^\s*\{\s*\S/.test(text)) return
  throw new ImportFileError(
    `line ${number}`,
    'This is not a JSON Lines file. Write each contact as one JSON object in a line of its own, without a list around them.',
  )
}

function draftSchema() {
  const text = z.string().nullable().exactOptional()
  const point = { label: text, primary: z.boolean().nullable().exactOptional() }
  const list = <S extends z.ZodRawShape>(shape: S) => z.array(z.strictObject({ ...point, ...shape })).exactOptional()
  // Since when, as a day, or only that there is one.
  const since = z.union([z.string(), z.boolean()]).exactOptional()
  const basis = z.strictObject({ purpose: z.string(), ground: z.enum(LegalGround), since })
  return z.strictObject({
    externalId: z.string().exactOptional(),
    title: text,
    givenName: text,
    familyName: text,
    displayName: text,
    organisation: text,
    jobTitle: text,
    birthDate: text,
    language: text,
    timeZone: text,
    tags: z.array(z.string()).nullable().exactOptional(),
    emails: list({ address: z.string() }),
    phones: list({ number: z.string() }),
    addresses: list({ street: text, postalCode: text, city: text, region: text, country: text }),
    websites: list({ url: z.string() }),
    messengers: list({ service: z.string(), handle: z.string() }),
    customFields: z.record(z.string(), z.json()).exactOptional(),
    bases: z.array(basis).max(100).exactOptional(),
  }) satisfies z.ZodType<Omit<ContactDraft, 'customFields'> & { externalId?: string; bases?: object[] }>
}

const KNOWN_KEYS =
  'externalId title givenName familyName displayName organisation jobTitle birthDate language timeZone tags emails ' +
  'phones addresses websites messengers customFields bases purpose ground since label primary address number street postalCode city region country url service handle'

function toFaults(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ field: issue.path.join('.') || 'line', message: `${issue.message}.` }]
  return issue.keys.slice(0, 20).map((key) => ({
    field: [...issue.path, key].join('.').slice(0, 200),
    message: `There is no such key; the nearest one is ${nearest(key.slice(0, 50))}.`,
  }))
}

function nearest(key: string): string {
  const known = KNOWN_KEYS.split(' ').map((each) => ({
    each,
    distance: editDistance(key.toLowerCase(), each.toLowerCase()),
  }))
  return known.reduce((best, other) => (other.distance < best.distance ? other : best)).each
}

/** How many letters must be put in, taken out or changed to make one word of the other (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1]
    for (let column = 0; column < other.length; column++) {
      const change = (row[column] ?? 0) + (other[column] === letter ? 0 : 1)
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
