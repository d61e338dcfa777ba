import { Prisma } from '#prisma/client.ts'
import { comparable } from '../../database/text.ts'
import type { Builder } from '../../graphql/builder.ts'
import type { Actor } from '../../graphql/context.ts'
import { type DeniedInput, forbiddenInput, invalidInput } from '../../graphql/errors.ts'
import { uuidOf, uuidOfAny } from '../../graphql/ids.ts'
import { howCustomFieldsAre } from '../fields/values.ts'
import type { AuditAction } from './entries.ts'
import { type Facet, facet } from './facets.ts'
import type { Selection } from './search.ts'
import type { Sight } from './sight.ts'
import type { AuditTypes } from './types.ts'

type Maybe<T> = T | null | undefined

/** What `auditLog(filter:)` takes. All parts have to hold. */
export type AuditFilter = {
  contactId?: Maybe<string>
  actorId?: Maybe<string>
  actorKind?: Maybe<Actor['kind']>
  action?: Maybe<AuditAction>
  entity?: Maybe<string>
  field?: Maybe<string>
  operation?: Maybe<string>
  requestId?: Maybe<string>
  from?: Maybe<Date>
  until?: Maybe<Date>
}

/** Adds the input type of the log's filter. */
export function addAuditFilter(builder: Builder, { action, actorKind }: AuditTypes) {
  return builder.inputRef<AuditFilter>('AuditFilter').implement({
    description: 'Which entries. All parts have to hold.',
    auth: { read: 'audit.log' },
    fields: (t) => ({
      contactId: t.id({ auth: { read: 'contacts.contact' }, description: 'About this contact.' }),
      actorId: t.id({ description: 'By this user, client or rule.' }),
      actorKind: t.field({ type: actorKind, description: 'By actors of this kind.' }),
      action: t.field({ type: action, description: 'What kind of change it was.' }),
      entity: t.string({ description: 'To something of this type, of which you need the right to read its `id`.' }),
      field: t.string({
        description:
          'To a field of this name; to a custom field: `customFields.<key>`. It is looked for in the types where you may read it, or in ' +
          '`entity` alone.',
      }),
      operation: t.string({ description: 'In this operation: `mergeContacts`.' }),
      requestId: t.string({ description: 'In this request.' }),
      from: t.field({ type: 'DateTime', description: 'At this moment or later.' }),
      until: t.field({ type: 'DateTime', description: 'Before this moment.' }),
    }),
  })
}

/**
 * Which entries these are. Throws FORBIDDEN for types and fields that the caller may not read: what was found would tell
 * about them.
 */
export function selectionOf(filter: AuditFilter, sight: Sight): Selection {
  const { contactId, actorId, actorKind, action, operation, requestId, from, until } = filter
  const selected = entitySelection(filter, sight)
  const { conditions, facets } = selected
  const range: Prisma.Sql[] = []
  const where = (condition: Prisma.Sql, ...words: Facet[]) => {
    conditions.push(condition)
    facets.push(...words)
  }
  if (contactId) where(Prisma.sql`e.contact_id = ${uuidOf('Contact', contactId)}::uuid`)
  if (requestId) where(Prisma.sql`e.request_id = ${comparable(requestId)}`)
  const hidden = sight.hiddenTypes()
  if (hidden.length > 0) where(Prisma.sql`e.entity <> ALL(${hidden}::text[])`)
  if (actorId) {
    const id = uuidOfAny(['User', 'Client', 'Rule'], actorId).toLowerCase()
    where(Prisma.sql`e.actor_id = ${id}::uuid`, facet('w', id))
  }
  if (actorKind) where(Prisma.sql`e.actor_kind = ${actorKind}`, facet('k', actorKind))
  if (action) where(Prisma.sql`e.action = ${action}`, facet('a', action))
  if (operation) where(Prisma.sql`e.operation = ${comparable(operation)}`, facet('o', comparable(operation)))
  if (from) {
    where(Prisma.sql`e.recorded_at >= ${from.toISOString()}::timestamptz`)
    range.push(idFrom(from))
  }
  if (until) {
    where(Prisma.sql`e.recorded_at < ${until.toISOString()}::timestamptz`)
    range.push(idUntil(until))
  }
  return {
    range,
    conditions,
    facets,
    isNarrow: Boolean(contactId || requestId),
    contactsOnly: Boolean(contactId),
    hiddenAmongOthers: sight.hiddenAmongOthers(),
    tellsWhat: Boolean(filter.entity || filter.field),
  }
}

function entitySelection({ entity, field }: AuditFilter, sight: Sight) {
  const denied: DeniedInput[] = []
  const conditions: Prisma.Sql[] = []
  const facets: Facet[] = []
  if (entity) {
    const right = sight.lacks(entity, 'id')
    if (right !== undefined) denied.push({ path: 'filter.entity', access: 'read', right })
    conditions.push(Prisma.sql`e.entity = ${comparable(entity)}`)
    facets.push(facet('e', comparable(entity)))
  }
  if (field) {
    const types = entity ? [] : sight.typesWith(field)
    const right = entity
      ? sight.lacks(entity, field)
      : types.length > 0 || sight.unlimited
        ? undefined
        : sight.lacksAnywhere(field)
    if (right !== undefined) denied.push({ path: 'filter.field', access: 'read', right })
    if (!entity && !sight.unlimited) {
      conditions.push(Prisma.sql`e.entity = ANY(${types})`)
      facets.push(facet('e', ...types))
    }
    conditions.push(Prisma.sql`${comparable(field)} = ANY(e.fields)`)
    facets.push(facet('f', comparable(field)))
  }
  if (denied.length > 0) throw forbiddenInput(denied)
  if (field === 'customFields' || field === 'customField') {
    throw invalidInput([{ field: 'filter.field', message: howCustomFieldsAre }])
  }
  return { conditions, facets }
}

// Ids hold the time at which the application made them, a little off the database's. They narrow the search by the index;
// the recorded time decides.
const day = 24 * 60 * 60 * 1000
const idFrom = (from: Date) => Prisma.sql`e.id >= ${firstIdAt(from.getTime() - day)}::uuid`
const idUntil = (until: Date) => Prisma.sql`e.id < ${firstIdAt(until.getTime() + day)}::uuid`

/** The least UUID of this millisecond. */
export function firstIdAt(time: number): string {
  const digits = Math.min(Math.max(time, 0), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`
}
