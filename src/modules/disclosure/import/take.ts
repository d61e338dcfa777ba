import type { Json, JsonObject } from '../../../database/json.ts'
import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Fault } from '../../../graphql/errors.ts'
import type { ContactDraft } from '../../contacts/draft.ts'
import { importFields } from '../../contacts/import/import-fields.ts'
import { findOwners } from '../../contacts/import/owners.ts'
import { type ImportCounts, type ImportStatement, importContacts } from '../../contacts/import/run.ts'
import type { FieldDraft } from '../../fields/given.ts'
import { takeAppointments } from './appointments.ts'
import { takeDocuments } from './documents.ts'
import type { OpenedPackage } from './open.ts'
import { linkInvoices, takeOrders } from './orders.ts'
import type { Came } from './report.ts'

/**
 * What was taken in, and what was not: how many records of which kind, fields that there are none for here, and what is wrong with a
 * record.
 */
export type Taken = ImportCounts & {
  related: Readonly<Record<'orders' | 'appointments' | 'documents', Omit<Came, 'faults'>>>
  left: Readonly<Record<string, number>>
  unknownFields: readonly string[]
  faults: readonly Fault[]
}

/**
 * Takes in what a person brings along (Art. 20 GDPR): themself, how to reach them, the custom fields that are here under the same
 * key, their orders, and the appointments and documents that are in the package. Like any import it has a source and a ground, and only
 * fills gaps of who is known already; repeated, it changes nothing. Throws INVALID_INPUT.
 */
export async function takePackage(
  context: WorkContext,
  opened: OpenedPackage,
  statement: Omit<ImportStatement, 'format'>,
): Promise<Taken> {
  const { data: whole, read } = opened
  const { contactId, data } = whole
  const { known } = await importFields(context)
  const keys = new Set(known.map(({ key }) => key))
  const given = (kind: string) => (data[kind] ?? []).map(({ record, files = [] }) => ({ record, files }))
  const customFields: FieldDraft[] = []
  const unknownFields: string[] = []
  for (const { record, files } of given('customField')) {
    const key = textOf(record, 'field')
    // Contacts that were merged may each have a value: the first is that of the one that stayed.
    if (customFields.some((field) => field.key === key)) continue
    if (!keys.has(key)) unknownFields.push(key)
    else customFields.push({ key, value: await fieldValue(record['value'] ?? null, files, read) })
  }
  const [contact] = given('contact')
  const draft: ContactDraft = { ...columnsOf(contact?.record ?? {}), ...pointsOf(given('contactPoint')), customFields }
  const faults: Fault[] = []
  const externalId = `lethe:${contactId}`
  async function* rows() {
    const original = { format: 'jsonl', line: JSON.stringify(contact?.record ?? {}) } as const
    yield { place: 'data.json', draft, externalId, faults: [], original }
  }
  const { importId: _, ...counts } = await importContacts(
    context,
    rows(),
    { ...statement, format: 'jsonl' },
    { onRejected: (_row, found) => void faults.push(...found) },
  )
  const owner = await transact(context, 'importPackage', async (tx) =>
    (await findOwners(tx, [{ externalId }], statement.source))({ externalId }),
  )
  const nothing: Came = { created: 0, known: 0, faults: [] }
  const into =
    typeof owner === 'string' && counts.rejected === 0 ? { contactId: owner, source: statement.source } : null
  const came = {
    orders: into ? await takeOrders(context, whole, into) : nothing,
    appointments: into ? await takeAppointments(context, whole, into) : nothing,
    documents: into ? await takeDocuments(context, opened, into) : { ...nothing, ids: new Map<string, string>() },
  }
  if (into) faults.push(...(await linkInvoices(context, whole, { ...into, documents: came.documents.ids })))
  for (const each of Object.values(came)) faults.push(...each.faults)
  const left = Object.entries(data).filter(([kind]) => !taken.includes(kind))
  const countsOf = ({ created, known: there }: Came) => ({ created, known: there })
  return {
    ...counts,
    related: {
      orders: countsOf(came.orders),
      appointments: countsOf(came.appointments),
      documents: countsOf(came.documents),
    },
    left: Object.fromEntries(left.map(([kind, all]) => [kind, all.length])),
    ...{ unknownFields, faults },
  }
}

// The file of the calendar is another form of the appointments.
const taken = ['contact', 'contactPoint', 'customField', 'order', 'appointment', 'calendarFile', 'document']

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
