import type { Json, JsonObject } from '../../../database/json.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Fault } from '../../../graphql/errors.ts'
import type { ContactDraft } from '../../contacts/draft.ts'
import { importFields } from '../../contacts/import/import-fields.ts'
import { type ImportCounts, type ImportStatement, importContacts } from '../../contacts/import/run.ts'
import type { FieldDraft } from '../../fields/given.ts'
import type { OpenedPackage } from './open.ts'

/** What was taken in, and what was not: how many records of which kind, and fields that there are none for here. */
export type Taken = ImportCounts & {
  left: Readonly<Record<string, number>>
  unknownFields: readonly string[]
  faults: readonly Fault[]
}

/**
 * Takes in what a person brings along (Art. 20 GDPR): themself, how to reach them, and the custom fields that are here under the same
 * key. Like any import it has a source and a ground, and only fills gaps of who is known already. Throws INVALID_INPUT.
 */
export async function takePackage(
  context: WorkContext,
  { data: { contactId, data }, read }: OpenedPackage,
  statement: Omit<ImportStatement, 'format'>,
): Promise<Taken> {
  const { known } = await importFields(context)
  const keys = new Set(known.map(({ key }) => key))
  const given = (kind: string) => (data[kind] ?? []).map(({ record, files = [] }) => ({ record, files }))
  const customFields: FieldDraft[] = []
  const unknownFields: string[] = []
  for (const { record, files } of given('customField')) {
    const key = textOf(record, 'field')
    if (!keys.has(key)) unknownFields.push(key)
    else customFields.push({ key, value: await fieldValue(record['value'] ?? null, files, read) })
  }
  const [contact] = given('contact')
  const draft: ContactDraft = { ...columnsOf(contact?.record ?? {}), ...pointsOf(given('contactPoint')), customFields }
  const faults: Fault[] = []
  async function* rows() {
    const original = { format: 'jsonl', line: JSON.stringify(contact?.record ?? {}) } as const
    yield { place: 'data.json', draft, externalId: `lethe:${contactId}`, faults: [], original }
  }
  const { importId: _, ...counts } = await importContacts(
    context,
    rows(),
    { ...statement, format: 'jsonl' },
    { onRejected: (_row, found) => void faults.push(...found) },
  )
  const left = Object.entries(data).filter(([kind]) => !taken.includes(kind))
  return { ...counts, left: Object.fromEntries(left.map(([kind, all]) => [kind, all.length])), unknownFields, faults }
}

const taken = ['contact', 'contactPoint', 'customField']

const columns = [
  ...(['title', 'givenName', 'familyName', 'displayName', 'organisation', 'jobTitle'] as const),
  ...(['birthDate', 'language', 'timeZone'] as const),
]

const textOf = (record: JsonObject, name: string): string => {
  const value = record[name]
  return typeof value === 'string' ? value : ''
}

const columnsOf = (record: JsonObject): ContactDraft =>
  Object.fromEntries(columns.flatMap((name) => (textOf(record, name) ? [[name, textOf(record, name)]] : [])))

function pointsOf(points: readonly { record: JsonObject }[]): ContactDraft {
  const of = (kind: string) =>
    points
      .filter(({ record }) => record['kind'] === kind)
      .map(({ record }) => ({
        text: (name: string) => textOf(record, name),
        shared: { label: textOf(record, 'label'), primary: record['primary'] === true },
      }))
  return {
    emails: of('email').map(({ text, shared }) => ({ ...shared, address: text('value') })),
    phones: of('phone').map(({ text, shared }) => ({ ...shared, number: text('value') })),
    websites: of('website').map(({ text, shared }) => ({ ...shared, url: text('value') })),
    messengers: of('messenger').map(({ text, shared }) => ({
      ...shared,
      service: text('service'),
      handle: text('value'),
    })),
    addresses: of('address').map(({ text, shared }) => ({
      ...shared,
      ...{ street: text('street'), postalCode: text('postalCode'), city: text('city') },
      ...{ region: text('region'), country: text('country') },
    })),
  }
}

/** A value as it would be given: a file with its content, anything else as it is written. */
async function fieldValue(
  value: Json,
  files: readonly string[],
  read: OpenedPackage['read'],
): Promise<FieldDraft['value']> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { written: value }
  const [path] = files
  if (!path) return { written: value }
  const [name, mediaType] = [textOf(value, 'name'), textOf(value, 'mediaType')]
  return { file: { name, mediaType, content: (await read(path)).toString('base64') } }
}
