import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type DeniedInput, type Fault, forbiddenInput, invalidInput, LetheError } from '../../graphql/errors.ts'
import { isBound, seenContacts } from '../contacts/sight.ts'
import { claimFree, claimTo } from './claims.ts'
import { batchSize, changeOf, convertMerges, rewriteValues } from './convert.ts'
import { changeDefinitions, columnsOf, refuseUnknownClasses, requireDefinition } from './define.ts'
import type { Definition } from './definition.ts'
import { type Definitions, definitionsOf } from './definitions.ts'
import { asDefinition, checkDefinition, type FieldChanges } from './draft.ts'
import { type Fit, fitsOf, taken } from './fit.ts'
import { indexesOf } from './index-names.ts'
import { presentIndexes } from './index-state.ts'
import { indexLock } from './make-indexes.ts'
import { type FieldCaller, rightOfField } from './rights.ts'

/** What becomes of values that don't fit any more: nothing is changed; they stay as they are; they are emptied. */
export type Unfitting = 'refuse' | 'keep' | 'clear'

/** What a change of a field would come to. */
export type FieldChangePreview = {
  /** How many contacts have a value. */
  values: number
  /** How many of these wouldn't fit. */
  unfitting: number
  /** How many contacts have none, though it would be required. */
  missing: number
  /** Some of those that wouldn't fit, with the reason. */
  examples: { contactId: string; message: string }[]
}

const mostExamples = 20

/**
 * Changes a field. Values that don't fit any more are never left so in silence: without a word about them, nothing is changed.
 * If many have to be written anew, that follows (change-worker.ts). Throws FORBIDDEN unless the caller may read the values, and
 * write them where they change.
 */
export async function updateField(
  context: WorkContext,
  key: string,
  changes: FieldChanges,
  unfitting: Unfitting = 'refuse',
): Promise<void> {
  requireForValues(context, key, unfitting === 'clear')
  await changeDefinitions(context, 'updateField', async (tx, definitions) => {
    const before = requireSettled(definitions, key)
    const { after, faults } = changed(before, changes)
    await refuseUnknownClasses(tx, after, faults)
    if (changesForm(before, after)) {
      requireForValues(context, key, true)
      await refuseIndexed(tx, before)
      if (unfitting === 'keep') throw invalidInput([{ field: 'unfitting', message: noWayToKeep }])
    }
    const many = concernsValues(before, after) && (await fitValues(context, tx, before, after, unfitting))
    const counted = { formerKind: many ? before.kind : null, version: before.version + 1, updatedAt: new Date() }
    await tx.fieldDefinition.update({ where: { key }, data: { ...columnsOf(saidOf(after)), ...counted } })
  })
}

const noWayToKeep = 'With another kind, or sealed, nothing can stay as it was.'

/** What `updateField` would find. Throws the same. */
export async function previewFieldChange(
  context: WorkContext,
  key: string,
  changes: FieldChanges,
): Promise<FieldChangePreview> {
  requireForValues(context, key, false)
  const { database } = context
  const before = requireSettled(await definitionsOf(context), key)
  const { after, faults } = changed(before, changes)
  await refuseUnknownClasses(database, after, faults)
  const preview: FieldChangePreview = { values: 0, unfitting: 0, missing: 0, examples: [] }
  for await (const fits of fitsOf(database, context, { from: before.kind, after })) {
    context.signal?.throwIfAborted()
    preview.values += fits.length
    for (const { contactId, next, message = '' } of fits) {
      if (next !== undefined) continue
      preview.unfitting++
      if (preview.examples.length < mostExamples) preview.examples.push({ contactId, message })
    }
  }
  if (after.required) {
    const [row] = await database.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM ${seenContacts(context)} c WHERE c.merged_into_id IS NULL AND NOT c.custom_fields ? ${key}::text`
    preview.missing = row?.count ?? 0
  }
  return preview
}

/**
 * Takes a field out of use: it takes no new values. Those that there are stay, and can be read and emptied; or are all emptied,
 * many of them later, as in `updateField`.
 */
export async function retireField(context: WorkContext, key: string, clear = false): Promise<void> {
  requireForValues(context, key, clear)
  await changeDefinitions(context, 'retireField', async (tx, definitions) => {
    const before = requireSettled(definitions, key)
    const many = clear && (await clearValues(context, tx, before))
    const retired = { retiredAt: before.retiredAt ?? new Date(), formerKind: many ? before.kind : null, clears: many }
    await tx.fieldDefinition.update({
      where: { key },
      data: { ...retired, version: before.version + 1, updatedAt: new Date() },
    })
  })
}

/** Empties the field in all contacts, unless they are many: then true. */
async function clearValues(context: WorkContext, tx: Transaction, definition: Definition): Promise<boolean> {
  const due: Fit[] = []
  for await (const fits of fitsOf(tx, context, { from: definition.kind, after: definition })) {
    due.push(...fits.map(taken))
    if (due.length > batchSize) break
  }
  if (definition.unique) await tx.fieldClaim.deleteMany({ where: { field: definition.key } })
  if (due.length > batchSize) return true
  await rewriteValues(context, tx, definition, due)
  await convertMerges(tx, definition.key)
  return false
}

/** Asks for an index, by which filters and sorting find the field quickly, or that it go; who may make indexes does so soon. */
export async function requestFieldIndex(context: WorkContext, key: string, wanted = true): Promise<void> {
  await changeDefinitions(context, 'requestFieldIndex', async (tx, definitions) => {
    const before = requireSettled(definitions, key)
    if (before.sensitive || before.kind === 'file') {
      throw invalidInput([{ field: 'key', message: 'What is sealed can not be found, and so has no index.' }])
    }
    if (Boolean(before.indexedAt) === wanted) return
    const data = { indexedAt: wanted ? new Date() : null, version: before.version + 1 }
    await tx.fieldDefinition.update({ where: { key }, data })
  })
}

/** An index of the former kind would refuse values of the new one. Nobody makes one meanwhile. */
async function refuseIndexed(tx: Transaction, definition: Definition) {
  const [held] = await tx.$queryRaw<{ free: boolean }[]>`SELECT pg_try_advisory_xact_lock(${indexLock}::bigint) AS free`
  const present = await presentIndexes(tx)
  if (held?.free && !definition.indexedAt && !indexesOf(definition).some(({ name }) => present.has(name))) return
  const message = 'The field has an index of this kind: have it removed first, with requestFieldIndex(wanted: false).'
  throw invalidInput([{ field: 'kind', message }])
}

function changed(before: Definition, changes: FieldChanges) {
  const faults: Fault[] = []
  const said = checkDefinition(saidOf(before), changes, faults)
  return { after: asDefinition(said, before), faults }
}

const saidOf = (definition: Definition) => {
  const { id: _, version: _v, createdAt: _c, updatedAt: _u, ...rest } = definition
  const { retiredAt: _r, indexedAt: _i, formerKind: _f, clears: _l, ...said } = rest
  return said
}

/** Values are kept in another form. */
const changesForm = (before: Definition, after: Definition) =>
  before.kind !== after.kind || before.sensitive !== after.sensitive

/** Whether values have to be looked at for a change. */
const concernsValues = (before: Definition, after: Definition) =>
  changesForm(before, after) ||
  (!before.unique && after.unique) ||
  (['min', 'max', 'maxLength', 'pattern'] as const).some((name) => before[name] !== after[name]) ||
  before.options.some(({ value }) => !after.options.some((option) => option.value === value))

/** Writes the values as they are to be, unless they are many: then true. */
async function fitValues(
  context: WorkContext,
  tx: Transaction,
  before: Definition,
  after: Definition,
  unfitting: Unfitting,
): Promise<boolean> {
  const isDue = ({ next, differs }: Fit) =>
    differs && (next === undefined ? unfitting === 'clear' : changesForm(before, after))
  let due: Fit[] | 'many' = []
  let wrong = 0
  if (before.unique) await tx.fieldClaim.deleteMany({ where: { field: before.key } })
  for await (const fits of fitsOf(tx, context, { from: before.kind, after })) {
    wrong += fits.filter(({ next }) => next === undefined).length
    if (wrong > 0 && unfitting === 'refuse') continue // Only counted from here on.
    if (due !== 'many') due = [...due, ...fits.filter(isDue)]
    if (due !== 'many' && due.length > batchSize) due = 'many'
    if (after.unique) await claimAll(tx, after, fits, unfitting === 'keep')
  }
  if (wrong > 0 && unfitting === 'refuse') {
    const message = `${wrong} values would not fit any more: "previewFieldChange" shows which. Say whether to keep or to clear them.`
    throw invalidInput([{ field: 'unfitting', message }])
  }
  if (due === 'many') return true
  await rewriteValues(context, tx, after, due)
  if (due.length > 0) await convertMerges(tx, after.key)
  return false
}

/** Gives each value to the first who has it; of those that don't fit and are kept, too. */
async function claimAll(tx: Transaction, after: Definition, fits: readonly Fit[], keep: boolean) {
  const claims = fits.flatMap(({ contactId, stored, next }) => {
    const value = next ?? (keep ? stored : undefined)
    return value === undefined || typeof value === 'object' ? [] : [claimTo(after, contactId, value)]
  })
  await claimFree(tx, claims)
}

/** The field, unless its values are still following an earlier change. */
function requireSettled(definitions: Definitions, key: string): Definition {
  const found = requireDefinition(definitions, key)
  if (!changeOf(found)) return found
  const message = 'The values of this field are still following an earlier change: wait until its "changing" is false.'
  throw invalidInput([{ field: 'key', message }])
}

/**
 * What becomes of a change tells of values, and of all contacts: it is for those who may read them, and see all. To change
 * them takes the right to write them, too.
 */
function requireForValues(context: WorkContext & FieldCaller, key: string, writes: boolean) {
  const { rights, partner, contact } = context
  if (partner || contact) {
    throw new LetheError('FORBIDDEN', 'What changes the values of all contacts is not for partners and contacts.')
  }
  if (!rights) return
  if (isBound(context)) {
    throw new LetheError(
      'FORBIDDEN',
      'A field is changed for all contacts, and your roles let you see only some: have somebody do it who sees all.',
    )
  }
  const right = rightOfField(key)
  const denied: DeniedInput[] = [
    ...(rights.canRead(right) ? [] : [{ path: 'key', access: 'read' as const, right }]),
    ...(!writes || rights.canWrite(right) ? [] : [{ path: 'key', access: 'write' as const, right }]),
  ]
  if (denied.length > 0) throw forbiddenInput(denied)
}
