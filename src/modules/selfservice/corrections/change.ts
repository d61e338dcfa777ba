import { z } from 'zod'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput } from '../../../graphql/errors.ts'
import { checkDraft } from '../../contacts/check.ts'
import type { PointKind } from '../../contacts/draft.ts'
import { type PointChanges, planPointChanges } from '../../contacts/point-changes.ts'
import { pointKinds } from '../../contacts/points.ts'
import { type ContactUpdate, updateContact, type WithPoints } from '../../contacts/update.ts'
import type { Definitions } from '../../fields/definitions.ts'
import { planFields } from '../../fields/plan.ts'
import { auditName, storedFields } from '../../fields/values.ts'
import { correctableColumns } from './modes.ts'

const text = z.string()
/** The parts of the ways to be reached, as the drafts of each kind have them. */
const parts = z.object({
  address: text.optional(),
  number: text.optional(),
  url: text.optional(),
  service: text.optional(),
  handle: text.optional(),
  street: text.optional(),
  postalCode: text.optional(),
  city: text.optional(),
  region: text.optional(),
  country: text.optional(),
})

const change = z.discriminatedUnion('of', [
  z.object({ of: z.literal('column'), name: z.enum(correctableColumns), value: text }),
  z.object({
    of: z.literal('point'),
    kind: z.enum(['email', 'phone', 'address', 'website', 'messenger']),
    /** Which one; without, it is a new one. */
    id: z.uuid().optional(),
    /** What it is to be; without, it goes. */
    parts: parts.optional(),
    /** It was shown that it reaches the contact. */
    verified: z.boolean().optional(),
  }),
  /** As it is written in a form; empty text empties it. */
  z.object({ of: z.literal('custom'), key: text, written: z.union([text, z.array(text)]) }),
])

/** One correction of a contact's data. */
export type Change = z.infer<typeof change>

/** A change as it is kept. Throws for what isn't one. */
export const readChange = (json: string): Change => change.parse(JSON.parse(json))

/** The field that a change is of, as modes and proposals name it. */
export function fieldOf(one: Change): string {
  if (one.of === 'column') return one.name
  return one.of === 'custom' ? auditName(one.key) : pointKinds[one.kind].field
}

/** What changes come to, for `updateContact`. */
function updateOf(changes: readonly Change[]): Pick<ContactUpdate, 'columns' | 'points' | 'customFields'> {
  const columns: Record<string, string> = {}
  for (const one of changes) if (one.of === 'column') columns[one.name] = one.value
  return {
    columns,
    points: changes.flatMap((one) => (one.of === 'point' ? [pointChanges(one)] : [])),
    customFields: changes.flatMap((one) =>
      one.of === 'custom' ? [{ key: one.key, value: one.written.length === 0 ? null : { written: one.written } }] : [],
    ),
  }
}

function pointChanges({ kind, id, parts: given, verified }: Extract<Change, { of: 'point' }>): PointChanges {
  const nothing = { kind, add: [], change: [], remove: [] }
  if (!given) return { ...nothing, remove: id ? [id] : [] }
  return id
    ? { ...nothing, change: [{ ...given, id, ...(verified && { verifiedAt: new Date() }) }] }
    : { ...nothing, add: [{ ...nothingSaid, ...given }] }
}

/** What a new one of any kind needs: that it is missing is told by the check of its kind. */
const nothingSaid = { address: '', number: '', url: '', service: '', handle: '' }

/** What is wrong with changes, as `updateContact` would say it. */
export function faultsOf(
  { country }: Pick<WorkContext, 'country'>,
  { contact, points }: WithPoints,
  definitions: Definitions,
  changes: readonly Change[],
): Fault[] {
  const update = updateOf(changes)
  const options = { defaultCountry: country, update: true }
  const { faults } = checkDraft(update.columns, options)
  for (const one of update.points) planPointChanges(points, one, faults, options)
  planFields(definitions, {}, update.customFields ?? [], faults, {
    defaultCountry: country,
    stored: storedFields(contact.customFields),
  })
  return faults
}

/** Makes changes hold, as staff's updates do, with all checks. Throws INVALID_INPUT. */
export async function applyChanges(
  context: WorkContext,
  { contact }: WithPoints,
  changes: readonly Change[],
): Promise<void> {
  await updateContact(context, { id: contact.id, version: contact.version, ...updateOf(changes) })
}

/** Whether a change would leave everything as it is, as far as that is seen at once. */
export function changesNothing({ contact, points }: WithPoints, one: Change): boolean {
  if (one.of === 'column') {
    const value = contact[one.name]
    return one.value.trim() === (value instanceof Date ? value.toISOString().slice(0, 10) : (value ?? ''))
  }
  if (one.of === 'custom') return false
  const point = points.find(({ id }) => id === one.id)
  if (!one.parts) return false
  return (
    point !== undefined &&
    Object.entries(one.parts).every(([part, value]) => (partOf(point, part) ?? '') === (value ?? '').trim())
  )
}

/** What a point has as this part. */
export function partOf(point: WithPoints['points'][number], part: string): string | undefined {
  const { attributes } = pointKinds[point.kind as PointKind]
  const column = Object.entries(attributes).find(([name]) => name === part)?.[1]
  return column && point[column]
}

/** Refuses changes with faults. */
export function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw invalidInput(faults)
}
