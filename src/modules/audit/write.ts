import { v7 as uuidv7 } from 'uuid'
import type { Prisma } from '#prisma/client.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { LetheError, notFound } from '../../graphql/errors.ts'
import { type ContactKey, installationId } from '../../keys/keys.ts'
import { type CategoryOf, type CategoryWriter, categoryIn, categoryKeysFor, openedOnce } from './category-keys.ts'
import type { AuditAction } from './entries.ts'
import { type FieldChanges, placeOf, sealValues } from './values.ts'

/** Something for the log to tell. */
export type NewEntry = {
  /** The contact that it is about, if it is about one. */
  contactId?: string | undefined
  action: AuditAction
  /** Usually the mutation's name. */
  operation: string
  /** The GraphQL type of what it happened to. */
  entity: string
  entityId: string
  changes: FieldChanges
}

type Written = PromiseLike<{ count: number }>
type LogWriter = {
  auditEntry: { createMany: (args: { data: Prisma.AuditEntryCreateManyInput[] }) => Written }
  systemAuditEntry: { createMany: (args: { data: Prisma.SystemAuditEntryCreateManyInput[] }) => Written }
}
type Writer = LogWriter & CategoryWriter

/**
 * Writes entries into the audit log, their values sealed under the keys of their contacts, and returns their ids: first of
 * those about contacts. Throws NOT_FOUND about a contact that has been erased: nothing may bring it back. Throws too if
 * PostgreSQL took fewer than all.
 *
 * @param options.evenOfErased Entries about such contacts are written without values instead.
 * @param options.isNew Whether a contact has just been made, and nothing was written about it yet.
 */
export async function writeEntries(
  tx: Writer,
  { actor, requestId, keys, holders = [] }: Pick<WorkContext, 'actor' | 'requestId' | 'keys' | 'holders'>,
  entries: readonly NewEntry[],
  {
    evenOfErased = false,
    isNew = () => false,
  }: { evenOfErased?: boolean; isNew?: (contactId: string) => boolean } = {},
): Promise<string[]> {
  if (entries.length === 0) return []
  const found = await keys.find([...new Set(entries.map(({ contactId }) => contactId ?? installationId))])
  const categoryOf = categoryIn(holders.flatMap(({ logged }) => (logged ? [logged] : [])))
  const isErased = ({ contactId }: NewEntry) =>
    evenOfErased && contactId !== undefined && found.get(contactId) === 'destroyed'
  const wanted = wantedKeys(
    entries.filter((entry) => !isErased(entry)),
    categoryOf,
  )
  const byCategory = await categoryKeysFor(tx, wanted, (contactId) => usable(found, contactId), isNew)
  const aboutContacts: Prisma.AuditEntryCreateManyInput[] = []
  const others: Prisma.SystemAuditEntryCreateManyInput[] = []
  const { use, wipe } = openedOnce()
  try {
    for (const one of entries) {
      const { contactId, changes, ...entry } = one
      const id = uuidv7()
      const parts = {
        categoryOf: (field: string) => categoryOf(entry.entity, field),
        keys: byCategory.get(contactId ?? ''),
        use,
      }
      const values = isErased(one)
        ? null
        : sealValues(usable(found, contactId), placeOf(contactId ?? null, id), changes, parts)
      const row = {
        id,
        requestId,
        actorKind: actor.kind,
        actorId: actor.id,
        ...entry,
        fields: Object.keys(changes),
        values,
      }
      if (contactId) aboutContacts.push({ ...row, contactId })
      else others.push(row)
    }
  } finally {
    wipe()
  }
  await insert(tx, aboutContacts, others)
  return [...aboutContacts, ...others].map(({ id }) => id)
}

/** In which categories something is told of which contacts. */
function wantedKeys(entries: readonly NewEntry[], categoryOf: CategoryOf): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>()
  // Of who goes as a whole, no keys are to come to be any more.
  const removed = entries.filter(({ action, contactId, entityId }) => action === 'removed' && entityId === contactId)
  const gone = new Set(removed.map(({ contactId }) => contactId))
  for (const { contactId, entity, changes } of entries) {
    if (contactId === undefined || gone.has(contactId)) continue
    for (const field of Object.keys(changes)) {
      const category = categoryOf(entity, field)
      if (category === undefined) continue
      const known = wanted.get(contactId) ?? new Set<string>()
      wanted.set(contactId, known.add(category))
    }
  }
  return wanted
}

async function insert(
  tx: LogWriter,
  aboutContacts: Prisma.AuditEntryCreateManyInput[],
  others: Prisma.SystemAuditEntryCreateManyInput[],
) {
  let written = 0
  if (aboutContacts.length > 0) written += (await tx.auditEntry.createMany({ data: aboutContacts })).count
  if (others.length > 0) written += (await tx.systemAuditEntry.createMany({ data: others })).count
  const wanted = aboutContacts.length + others.length
  // Triggers, rules and the like can make an insertion do less, or something else, without an error.
  if (written !== wanted) {
    throw new Error(
      `The audit log took ${written} of ${wanted} entries: "lethe audit verify" says what stands in between.`,
    )
  }
}

/** How many rows of a model went with a contact, or were emptied. */
export type ErasedRows = { contactId: string; model: string; rows: number }

/**
 * Tells of contacts that are being erased, by model, that rows of theirs went: how many, and nothing of what was in them. So no key is
 * needed. The entity is the Prisma model, its id that of the erasure.
 */
export async function writeErased(
  tx: LogWriter,
  { actor, requestId }: Pick<WorkContext, 'actor' | 'requestId'>,
  erasureId: string,
  erased: readonly ErasedRows[],
): Promise<void> {
  const about = { requestId, actorKind: actor.kind, actorId: actor.id, operation: 'executeErasure', action: 'erased' }
  const entries = erased.map(({ contactId, model, rows }) => ({
    ...{ ...about, contactId, id: uuidv7(), entity: model, entityId: erasureId },
    ...{ fields: [`rows: ${rows}`], values: null },
  }))
  for (let from = 0; from < entries.length; from += batch) await insert(tx, entries.slice(from, from + batch), [])
}

const batch = 5000

function usable(found: ReadonlyMap<string, ContactKey | 'destroyed'>, contactId: string | undefined): ContactKey {
  const key = found.get(contactId ?? installationId)
  if (key === 'destroyed') throw notFound('Contact')
  if (!key) {
    throw new LetheError(
      'UNREADABLE',
      `The key store has no key for ${contactId ? `the contact ${contactId}` : 'the installation'}: nothing can be changed ` +
        'about it. Tell an administrator: "lethe keys check" says more.',
    )
  }
  return key
}
