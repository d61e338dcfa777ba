import { v7 as uuidv7 } from 'uuid'
import type { Contact, ContactPoint } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { invalidInput } from '../../graphql/errors.ts'
import { carryFields, lackingFields } from '../fields/carry.ts'
import { currentDefinitions, type Definitions } from '../fields/definitions.ts'
import { type StoredFields, storedFields } from '../fields/values.ts'
import { pointKey } from './check-points.ts'
import { readForUpdate, touch, type WithPoints, withDisplayName } from './update.ts'

// A merge copies into the target what it lacks, and hides the source; nothing is thrown away, so that it can be undone.

/** What a merge fills in where the target has nothing. */
export const mergedColumns = [
  'title',
  'givenName',
  'familyName',
  'organisation',
  'jobTitle',
  'birthDate',
  'language',
  'timeZone',
  'source',
  'sourceAt',
] as const

/** The fields that a merge wrote; `tags` are those that it added. */
export type Filled = Partial<Pick<Contact, (typeof mergedColumns)[number] | 'tags' | 'displayName'>> & {
  customFields?: StoredFields
  /** How often what it wrote was brought into another form since. */
  renewed?: number
}

/** Merges contacts into one that stays. Throws NOT_FOUND, INVALID_INPUT, or CONFLICT for another version of the target. */
export async function mergeContacts(
  context: WorkContext,
  target: { id: string; version: number },
  sourceIds: readonly string[],
): Promise<void> {
  const ids = [...new Set(sourceIds.map((id) => id.toLowerCase()))]
  if (ids.length === 0) throw invalidInput([{ field: 'sourceIds', message: 'Name at least one contact to merge.' }])
  if (ids.length > 50) throw invalidInput([{ field: 'sourceIds', message: 'At most 50 at once.' }])
  if (ids.includes(target.id.toLowerCase())) {
    throw invalidInput([{ field: 'sourceIds', message: "A contact can't be merged into itself." }])
  }
  await transact(context, 'mergeContacts', async (tx) => {
    const definitions = await currentDefinitions(tx)
    let version = target.version
    for (const [index, id] of ids.entries()) {
      const into = await readForUpdate(tx, context, target.id, version, 'targetId')
      const from = await readForUpdate(tx, context, id, undefined, `sourceIds.${index}`)
      await mergeOne(tx, context, definitions, into, from)
      const merge = { targetId: into.contact.id, sourceId: from.contact.id }
      for (const { merged } of context.merging ?? []) await merged(tx, context, merge)
      version++
    }
  })
}

async function mergeOne(
  tx: Transaction,
  context: WorkContext,
  definitions: Definitions,
  target: WithPoints,
  source: WithPoints,
) {
  const { filled, copies } = lacking(target, source)
  const [from, to] = [source.contact.id, target.contact.id]
  const offered = lackingFields(storedFields(target.contact.customFields), storedFields(source.contact.customFields))
  const fields = await carryFields(tx, context, definitions, offered, from, to)
  if (Object.keys(fields).length > 0) filled.customFields = fields
  const { customFields: _, ...columns } = filled
  const { displayName } = withDisplayName(target.contact, columns)
  if (displayName !== undefined && displayName !== target.contact.displayName) filled.displayName = displayName
  if (copies.length > 0) await tx.contactPoint.createMany({ data: copies })
  const customFields = { ...storedFields(target.contact.customFields), ...fields }
  await touch(tx, target.contact, { ...filled, customFields, tags: [...target.contact.tags, ...(filled.tags ?? [])] })
  await touch(tx, source.contact, { mergedIntoId: target.contact.id })
  await tx.contactMerge.create({
    data: {
      contactId: target.contact.id,
      id: uuidv7(),
      sourceId: source.contact.id,
      filled: asJson(filled),
      pointIds: copies.map(({ id }) => id),
      mergedAt: new Date(),
    },
  })
}

/** What a contact can get from another: fields that it has not, and copies of the points. */
export function lacking(target: WithPoints, source: WithPoints): { filled: Filled; copies: ContactPoint[] } {
  const gaps = mergedColumns.filter((column) => !target.contact[column] && source.contact[column])
  // Where the data came from and when belong together.
  const hasOrigin = Boolean(target.contact.source || target.contact.sourceAt)
  const columns = gaps.filter((column) => !hasOrigin || (column !== 'source' && column !== 'sourceAt'))
  const tags = source.contact.tags.filter((tag) => !target.contact.tags.includes(tag))
  const filled = {
    ...Object.fromEntries(columns.map((column) => [column, source.contact[column]])),
    ...(tags.length > 0 && { tags }),
  }
  const own = new Set(target.points.map(pointKey))
  const copies = source.points
    .filter((point) => !own.has(pointKey(point)))
    .map((point) => ({
      ...point,
      contactId: target.contact.id,
      id: uuidv7(),
      primary: point.primary && !target.points.some(({ kind, primary }) => kind === point.kind && primary),
    }))
  return { filled, copies }
}

/** As it is kept with the merge; dates become text. */
export const asJson = (filled: Filled) => JSON.parse(JSON.stringify(filled))
