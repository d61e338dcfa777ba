import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type DeniedInput, type Fault, forbiddenInput, invalidInput, LetheError } from '../../graphql/errors.ts'
import { isBound, seenContacts } from '../contacts/sight.ts'
import { claimTo, releaseClaims, takeClaims } from './claims.ts'
import { changeDefinitions, columnsOf, refuseUnknownClasses, requireDefinition } from './define.ts'
import type { Definition } from './definition.ts'
import { definitionsOf } from './definitions.ts'
import { asDefinition, checkDefinition, type FieldChanges } from './draft.ts'
import { type Fit, fitsOf } from './fit.ts'
import { indexesOf } from './index-names.ts'
import { presentIndexes } from './index-state.ts'
import { indexLock } from './make-indexes.ts'
import { type FieldCaller, rightOfField } from './rights.ts'
import { prepareFields, writeFieldRows } from './store.ts'
import { isSealed, storedFields } from './values.ts'

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

// All in one transaction, whose entries for the log are in memory until the end.
const mostRewritten = 50_000

/**
 * Changes a field. Values that don't fit any more are never left so in silence: without a word about them, nothing is changed.
 * Throws FORBIDDEN unless the caller may read the values, and write them where they change.
 */
export async function updateField(
  context: WorkContext,
  key: string,
  changes: FieldChanges,
  unfitting: Unfitting = 'refuse',
): Promise<void> {
  requireForValues(context, key, unfitting === 'clear')
  await changeDefinitions(context, 'updateField', async (tx, definitions) => {
    const before = requireDefinition(definitions, key)
    const { after, faults } = changed(before, changes)
    await refuseUnknownClasses(tx, after, faults)
    const rewrites = changesForm(before, after)
    if (rewrites) requireForValues(context, key, true)
    if (rewrites) await refuseIndexed(tx, before)
    if (rewrites && unfitting === 'keep') {
      throw invalidInput([{ field: 'unfitting', message: 'With another kind, or sealed, nothing can stay as it was.' }])
    }
    await tx.fieldDefinition.update({
      where: { key },
      data: { ...columnsOf(saidOf(after)), version: before.version + 1, updatedAt: new Date() },
    })
    if (before.unique && !after.unique) await tx.fieldClaim.deleteMany({ where: { field: key } })
    await fitValues(context, tx, before, after, unfitting)
  })
}

/** What `updateField` would find. Throws the same. */
export async function previewFieldChange(
  context: WorkContext,
  key: string,
  changes: FieldChanges,
): Promise<FieldChangePreview> {
  requireForValues(context, key, false)
  const { database } = context
  const before = requireDefinition(await definitionsOf(context), key)
  const { after, faults } = changed(before, changes)
  await refuseUnknownClasses(database, after, faults)
  const preview: FieldChangePreview = { values: 0, unfitting: 0, missing: 0, examples: [] }
  for await (const fits of fitsOf(database, context, before, after)) {
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

/** Takes a field out of use: it takes no new values. Those that there are stay, and can be read and emptied; or are all emptied. */
export async function retireField(context: WorkContext, key: string, clear = false): Promise<void> {
  requireForValues(context, key, clear)
  await changeDefinitions(context, 'retireField', async (tx, definitions) => {
    const before = requireDefinition(definitions, key)
    const data = { retiredAt: before.retiredAt ?? new Date(), version: before.version + 1, updatedAt: new Date() }
    await tx.fieldDefinition.update({ where: { key }, data })
    if (!clear) return
    for await (const fits of fitsOf(tx, context, before, before)) {
      for (const fit of fits) await rewrite(context, tx, before, before, { ...fit, next: undefined })
    }
  })
}

/** Asks for an index, by which filters and sorting find the field quickly, or that it go; who may make indexes does so soon. */
export async function requestFieldIndex(context: WorkContext, key: string, wanted = true): Promise<void> {
  await changeDefinitions(context, 'requestFieldIndex', async (tx, definitions) => {
    const before = requireDefinition(definitions, key)
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
  const { id: _, version: _v, createdAt: _c, updatedAt: _u, retiredAt: _r, indexedAt: _i, ...said } = definition
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

async function fitValues(
  context: WorkContext,
  tx: Transaction,
  before: Definition,
  after: Definition,
  unfitting: Unfitting,
) {
  if (!concernsValues(before, after)) return
  let wrong = 0
  let written = 0
  for await (const fits of fitsOf(tx, context, before, after)) {
    for (const fit of fits) {
      if (fit.next === undefined) wrong++
      const keeps = fit.next === undefined ? unfitting === 'keep' : !changesForm(before, after)
      if (unfitting === 'refuse' && wrong > 0) continue // Only counted from here on.
      if (!keeps && ++written > mostRewritten) {
        throw new LetheError(
          'LIMIT_EXCEEDED',
          `A change may rewrite ${mostRewritten} values: define another field in its place.`,
        )
      }
      if (!keeps) await rewrite(context, tx, before, after, fit)
      else if (after.unique && !before.unique && fit.next !== undefined) {
        await takeClaims(tx, [claimTo(after, fit.contactId, fit.stored)])
      }
    }
  }
  if (wrong === 0 || unfitting !== 'refuse') return
  const message = `${wrong} values would not fit any more: "previewFieldChange" shows which. Say whether to keep or to clear them.`
  throw invalidInput([{ field: 'unfitting', message }])
}

/** Writes one contact's value in its new form, or empties it. */
async function rewrite(context: WorkContext, tx: Transaction, before: Definition, after: Definition, fit: Fit) {
  const { contactId, next = null } = fit
  const contact = await tx.contact.findUnique({ where: { id: contactId } })
  if (!contact) return
  const stored = storedFields(contact.customFields)
  if (before.unique) await releaseClaims(tx, contactId, [before.key])
  // Sealed or not, it is written anew.
  const { [before.key]: old, ...others } = stored
  const plan = new Map([[before.key, { definition: after, value: next }]])
  const rest = isSealed(old) === after.sensitive && next === null ? stored : others
  const writes = await prepareFields(context.keys, contactId, rest, plan)
  await writeFieldRows(tx, writes)
  await tx.contact.update({
    where: { id: contactId },
    data: { customFields: { ...writes.stored }, version: contact.version + 1, updatedAt: new Date() },
  })
}

/**
 * What becomes of a change tells of values, and of all contacts: it is for those who may read them, and see all. To change
 * them takes the right to write them, too.
 */
function requireForValues(context: WorkContext & FieldCaller, key: string, writes: boolean) {
  const { rights } = context
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
