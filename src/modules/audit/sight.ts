import { type GraphQLSchema, getNamedType, isObjectType } from 'graphql'
import { Prisma } from '#prisma/client.ts'
import { effectiveAuth } from '../../graphql/auth/directive.ts'
import type { Context } from '../../graphql/context.ts'
import type { ContactKey } from '../../keys/keys.ts'
import { isBound, sees as seesContact } from '../contacts/sight.ts'
import { fieldModule, rightOfField } from '../fields/rights.ts'
import { auditName, auditPrefix, isSealed, keyInAudit, openValue } from '../fields/values.ts'
import type { StoredEntry } from './entries.ts'
import { openEntry } from './opening.ts'
import type { FieldChanges } from './values.ts'

// An entry tells of fields of the schema, and whoever may not read such a field there may not read it here either. What
// the schema doesn't know (renamed since, or internal) is for those who may read everything; so is what wants no right
// there, since what leads there is open only to whom it is about.
const everything = '*'

/** An entry as one caller may see it. */
export type VisibleEntry = Omit<StoredEntry, 'entity' | 'entityId' | 'fields' | 'values'> & {
  /** The contact that it is about was erased: it doesn't tell any more what happened. */
  erased: boolean
  /** Null for those who may read nothing of it. */
  entity: string | null
  entityId: string | null
  fields: string[]
  /** How many fields were left out. */
  withheld: number
  changes: () => Promise<FieldChange[]>
  /** The entry itself, for its proof. */
  stored: StoredEntry
}

type Change = FieldChanges[string]
type FieldChange = { field: string; change: Change }

/** What one caller may see in the log. */
export type Sight = {
  /** The right that the caller lacks to see this field of this type; nothing when it may be seen. */
  lacks: (entity: string, field: string) => string | undefined
  /** The same of a field of this name that the caller may read nowhere; `*` if no type has one. */
  lacksAnywhere: (field: string) => string
  /** Whether the caller may read everything, what the schema doesn't know included. */
  unlimited: boolean
  /** The types of which the caller may read a field of this name. */
  typesWith: (field: string) => string[]
  /** The condition that an entry (as `e`) has something for the caller to see. */
  condition: () => Prisma.Sql
  /** The condition that `field`, of an entry `e`, is a custom field that the caller may read. */
  custom: () => Prisma.Sql
  /** Types of which the caller, bound to purposes, sees nothing, because they tell of all contacts at once. */
  hiddenTypes: () => string[]
  /**
   * The types of which the caller, bound to purposes, sees nothing in entries about no contact: what such an object is about may be
   * contacts that they don't see (`extensions: { aboutSeveral: true }`).
   */
  hiddenAmongOthers: () => string[]
  /** An entry, whose values this key opens. */
  look: (entry: StoredEntry, key: ContactKey | 'destroyed' | undefined) => VisibleEntry
}

/** What a caller may see in the log, by the rights that stand in the schema. */
export function sightOf(schema: GraphQLSchema, context: Context): Sight {
  const { rights } = context
  const lacks = (entity: string, field: string) => {
    const right = rightOf(schema, entity, field)
    return rights.canRead(right) && !((context.partner || context.contact) && isCustom(entity, field))
      ? undefined
      : right
  }
  const sees = (entity: string, field: string) => lacks(entity, field) === undefined
  const types = () => Object.values(schema.getTypeMap()).filter(isObjectType)
  const unlimited = rights.canRead(everything)
  return {
    lacks,
    lacksAnywhere: (field) => {
      if (isCustom('Contact', field)) return rightOf(schema, 'Contact', field)
      const type = types().find((one) => one.getFields()[field])
      return (type && lacks(type.name, field)) ?? everything
    },
    unlimited,
    typesWith: (field) =>
      isCustom('Contact', field)
        ? ['Contact'].filter((type) => sees(type, field))
        : types().flatMap((type) => (type.getFields()[field] && sees(type.name, field) ? [type.name] : [])),
    condition: () => {
      if (unlimited) return Prisma.sql`true`
      const seen = types().flatMap((type) => {
        const readable = Object.keys(type.getFields()).filter((field) => sees(type.name, field))
        return readable.map((field) => `${type.name}.${field}`)
      })
      // An entry without any field is seen by those who see that its object exists.
      return Prisma.sql`EXISTS (
        SELECT FROM unnest(CASE WHEN e.fields = '{}' THEN ARRAY['id'] ELSE e.fields END) field
        WHERE e.entity || '.' || field = ANY(${seen}::text[]) OR ${customSeen(context)})`
    },
    custom: () => customSeen(context),
    hiddenTypes: () =>
      isBound(context)
        ? types().flatMap(({ name, extensions }) => (extensions['about'] === 'all contacts' ? [name] : []))
        : [],
    hiddenAmongOthers: () =>
      isBound(context)
        ? types().flatMap(({ name, extensions }) => (extensions['aboutSeveral'] === true ? [name] : []))
        : [],
    look: (stored, key) => {
      const { entity, fields: all, values, ...entry } = stored
      if (key === 'destroyed') {
        // That it was erased, and how much, is all that may be known of it.
        const told = entry.action === 'erased' && unlimited ? { entity, fields: all ?? [] } : {}
        return { ...entry, ...nothing, ...told, erased: true, stored }
      }
      const fields = (all ?? []).filter((field) => sees(entity, field))
      const seesId = sees(entity, 'id')
      return {
        ...entry,
        erased: false,
        entity: seesId || fields.length > 0 ? entity : null,
        entityId: seesId ? entry.entityId : null,
        fields,
        withheld: (all?.length ?? 0) - fields.length,
        changes: async () => {
          if (fields.length === 0) return []
          const opened = new Map(Object.entries(await openEntry(context, key, stored)))
          const changes = fields.map((field) => ({
            field,
            change: openCustom(key, stored.contactId, field, opened.get(field) ?? {}),
          }))
          if (!isBound(context)) return changes
          return Promise.all(
            changes.map(async ({ field, change }) =>
              leadsToContact(schema, entity, field)
                ? { field, change: await withoutUnseen(context, change) }
                : { field, change },
            ),
          )
        },
        stored,
      }
    },
  }
}

const nothing = { entity: null, entityId: null, fields: [], withheld: 0, changes: async () => [] }

/** Of custom fields, which the schema doesn't know by name, each has its own right. */
const isCustom = (entity: string, field: string) => entity === 'Contact' && keyInAudit(field) !== undefined

/** The condition that an entry `e` tells, in `field`, of a custom field that the caller may read. */
function customSeen({ rights, partner, contact }: Context): Prisma.Sql {
  const readable = partner || contact ? [] : rights.readsWithin(fieldModule)
  const custom = Prisma.sql`e.entity = 'Contact' AND starts_with(field, ${auditPrefix}::text)`
  if (readable === 'all') return custom
  const names = readable.map((right) => auditName(right.slice(fieldModule.length + 1)))
  return names.length > 0 ? Prisma.sql`(${custom} AND field = ANY(${names}::text[]))` : Prisma.sql`false`
}

/** What is sensitive is sealed within the entry, too. */
function openCustom(key: ContactKey | undefined, contactId: string | null, field: string, change: Change): Change {
  const custom = keyInAudit(field)
  if (custom === undefined || !key || contactId === null) return change
  const opened = Object.entries(change).map(
    ([when, value]) => [when, isSealed(value) ? openValue(key, contactId, custom, value) : value] as const,
  )
  return Object.fromEntries(opened)
}

function rightOf(schema: GraphQLSchema, entity: string, field: string): string {
  const custom = isCustom(entity, field) ? keyInAudit(field) : undefined
  if (custom !== undefined) return rightOfField(custom)
  const type = schema.getType(entity)
  const definition = isObjectType(type) ? type.getFields()[field] : undefined
  return (definition && effectiveAuth(definition).read) ?? everything
}

function leadsToContact(schema: GraphQLSchema, entity: string, field: string) {
  const type = schema.getType(entity)
  const definition = isObjectType(type) ? type.getFields()[field] : undefined
  return definition !== undefined && getNamedType(definition.type).name === 'Contact'
}

/** The values are ids of contacts: those that the caller doesn't see read as if nothing had been there. */
async function withoutUnseen(context: Context, change: Change): Promise<Change> {
  const seen = await Promise.all(
    Object.entries(change).map(async ([when, id]) => {
      const isSeen = typeof id === 'string' && (await seesContact(context, id))
      return isSeen ? [[when, id] as const] : []
    }),
  )
  return Object.fromEntries(seen.flat())
}
