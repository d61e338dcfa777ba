import { type GraphQLSchema, isObjectType } from 'graphql'
import { Prisma } from '#prisma/client.ts'
import { effectiveAuth } from '../../graphql/auth/directive.ts'
import type { Rights } from '../../graphql/auth/rights.ts'
import type { StoredEntry } from './entries.ts'
import { type FieldChanges, openValues } from './values.ts'

// An entry tells of fields of the schema, and whoever may not read such a field there may not read it here either. What
// the schema doesn't know (renamed since, or internal) is for those who may read everything.
const everything = '*'

/** An entry as one caller may see it. */
export type VisibleEntry = Omit<StoredEntry, 'entity' | 'entityId' | 'values'> & {
  /** Null for those who may read nothing of it. */
  entity: string | null
  entityId: string | null
  /** How many fields were left out. */
  withheld: number
  changes: () => { field: string; change: FieldChanges[string] }[]
}

/** What one caller may see in the log. */
export type Sight = {
  /** The right that the caller lacks to see this field of this type; nothing when it may be seen. */
  lacks: (entity: string, field: string) => string | undefined
  /** Whether the caller may read everything, what the schema doesn't know included. */
  unlimited: boolean
  /** The types of which the caller may read a field of this name. */
  typesWith: (field: string) => string[]
  /** The condition that an entry (as `e`) has something for the caller to see. */
  condition: () => Prisma.Sql
  look: (entry: StoredEntry) => VisibleEntry
}

/** What a caller with these rights may see in the log, by the rights that stand in the schema. */
export function sightOf(schema: GraphQLSchema, rights: Rights): Sight {
  const lacks = (entity: string, field: string) => {
    const right = rightOf(schema, entity, field)
    return right === undefined || rights.canRead(right) ? undefined : right
  }
  const sees = (entity: string, field: string) => lacks(entity, field) === undefined
  const types = () => Object.values(schema.getTypeMap()).filter(isObjectType)
  const unlimited = rights.canRead(everything)
  return {
    lacks,
    unlimited,
    typesWith: (field) =>
      types().flatMap((type) => (type.getFields()[field] && sees(type.name, field) ? [type.name] : [])),
    condition: () => {
      if (unlimited) return Prisma.sql`true`
      const seen = types().flatMap((type) => {
        const readable = Object.keys(type.getFields()).filter((field) => sees(type.name, field))
        return readable.map((field) => `${type.name}.${field}`)
      })
      // An entry without any field is seen by those who see that its object exists.
      return Prisma.sql`EXISTS (
        SELECT FROM unnest(CASE WHEN e.fields = '{}' THEN ARRAY['id'] ELSE e.fields END) field
        WHERE e.entity || '.' || field = ANY(${seen}::text[]))`
    },
    look: ({ values, ...entry }) => {
      const fields = entry.fields.filter((field) => sees(entry.entity, field))
      const seesId = sees(entry.entity, 'id')
      return {
        ...entry,
        entity: seesId || fields.length > 0 ? entry.entity : null,
        entityId: seesId ? entry.entityId : null,
        fields,
        withheld: entry.fields.length - fields.length,
        changes: () => {
          const opened = new Map(Object.entries(openValues(values)))
          return fields.map((field) => ({ field, change: opened.get(field) ?? {} }))
        },
      }
    },
  }
}

function rightOf(schema: GraphQLSchema, entity: string, field: string): string | undefined {
  const type = schema.getType(entity)
  const definition = isObjectType(type) ? type.getFields()[field] : undefined
  return definition ? effectiveAuth(definition).read : everything
}
