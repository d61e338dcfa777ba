import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../../database/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { type ContactFieldName, contactFields } from '../../contacts/fields.ts'
import { pointKindList } from '../../contacts/points.ts'
import { type Definitions, definitionsOf } from '../../fields/definitions.ts'
import { rightOfField } from '../../fields/rights.ts'
import { auditName, keyInAudit } from '../../fields/values.ts'

/** How a contact corrects a field: it is done at once, or staff decides, or not on the page at all. */
export type Mode = 'direct' | 'propose' | 'none'

export const modes = ['direct', 'propose', 'none'] as const satisfies readonly Mode[]

/** The columns that contacts can correct. Tags and the source are ours to say; whoever finds them wrong writes so. */
export const correctableColumns = [
  'title',
  'givenName',
  'familyName',
  'organisation',
  'jobTitle',
  'birthDate',
  'language',
  'timeZone',
] as const satisfies readonly ContactFieldName[]

export type ColumnName = (typeof correctableColumns)[number]

/**
 * How fields are corrected unless an administrator says otherwise. Names and the like decide over who somebody is, so staff
 * looks at them. A new e-mail address is `direct`, once a mail to it was answered. A custom field that its definition lets the
 * contact fill is `direct`.
 */
const usual: Readonly<Record<string, Mode>> = {
  title: 'propose',
  givenName: 'propose',
  familyName: 'propose',
  organisation: 'propose',
  jobTitle: 'propose',
  birthDate: 'propose',
  language: 'direct',
  timeZone: 'direct',
  emails: 'direct',
  phones: 'propose',
  addresses: 'propose',
  websites: 'propose',
  messengers: 'propose',
}

/** The modes of all fields. */
export type Modes = { of: (field: string) => Mode }

/** The right of a field, which staff needs to accept a correction of it. Undefined for what is no field. */
export function rightOf(field: string): string | undefined {
  const key = keyInAudit(field)
  if (key !== undefined) return rightOfField(key)
  if (isColumn(field)) return contactFields[field].right
  return pointKindList.find((kind) => kind.field === field)?.right
}

export const isColumn = (field: string): field is ColumnName => correctableColumns.some((name) => name === field)

/** Reads the modes. Of custom fields only those that their definitions let contacts fill can be corrected. */
export async function readModes(tx: Transaction | Database, definitions: Definitions): Promise<Modes> {
  const set = new Map((await tx.correctionMode.findMany()).map(({ field, mode }) => [field, mode]))
  return {
    of: (field) => {
      const key = keyInAudit(field)
      const definition = key === undefined ? undefined : definitions.get(key)
      const fillable = definition?.contact === 'fill' && !definition.retiredAt && definition.kind !== 'file'
      if (key !== undefined && !fillable) return 'none'
      const mode = modes.find((one) => one === set.get(field)) ?? usual[field] ?? 'direct'
      // Whether a value is another one's would be told by a refusal; so staff decides.
      return mode === 'direct' && definition?.unique ? 'propose' : mode
    },
  }
}

/** All fields that have a mode, with it. */
export async function listModes(context: WorkContext): Promise<{ field: string; mode: Mode }[]> {
  const definitions = await definitionsOf(context)
  const { of } = await readModes(context.database, definitions)
  const custom = definitions.all
    .filter(({ contact, retiredAt, kind }) => contact === 'fill' && !retiredAt && kind !== 'file')
    .map(({ key }) => auditName(key))
  return [...Object.keys(usual), ...custom].map((field) => ({ field, mode: of(field) }))
}

/** Says how contacts correct a field. Throws INVALID_INPUT for what they can't correct. */
export async function setMode(context: WorkContext, field: string, mode: Mode): Promise<void> {
  const known = (await listModes(context)).some((one) => one.field === field)
  if (!known) {
    const message = 'Contacts can correct no such field: the definition of a custom field has to let them fill it.'
    throw invalidInput([{ field: 'field', message }])
  }
  await transact(context, 'setCorrectionMode', async (tx) => {
    const there = await tx.correctionMode.findUnique({ where: { field } })
    if (there) await tx.correctionMode.update({ where: { field }, data: { mode } })
    else await tx.correctionMode.create({ data: { field, id: uuidv7(), mode } })
  })
}
