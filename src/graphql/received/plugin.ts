import SchemaBuilder, {
  BasePlugin,
  type PothosOutputFieldConfig,
  type PothosTypeConfig,
  type SchemaTypes,
} from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import type { FieldOfContact } from '../../modules/fields/read.ts'
import { auditName } from '../../modules/fields/values.ts'
import { rectifiable } from '../../modules/recipients/fields.ts'
import { isRecipient, noteReceived } from '../../modules/recipients/received.ts'
import type { ReceivedRecord } from '../../modules/recipients/told.ts'
import { asContext } from '../auth/plugin.ts'
import type { Context } from '../context.ts'
import { layer } from '../execute/layers.ts'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      received: ReceivedPlugin<Types>
    }

    export interface ObjectTypeOptions<Types extends SchemaTypes, Shape> {
      /** What partners get by reading it, who have to be told when it is rectified. Default: nothing. */
      received?: ReceivedRecord<Shape>
    }
  }
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

/** Notes which partner gets which field of a contact, whatever way leads there, before the value is given. Costs others nothing. */
export class ReceivedPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onTypeConfig(config: PothosTypeConfig): PothosTypeConfig {
    const { pothosOptions, extensions } = config
    if (config.kind !== 'Object' || !('received' in pothosOptions)) return config
    return { ...config, extensions: { ...extensions, received: pothosOptions.received } }
  }

  override wrapResolve(resolve: Resolver<Types>, config: PothosOutputFieldConfig<Types>): Resolver<Types> {
    const { parentType, name } = config
    const note =
      parentType === 'Contact' ? rectifiable(name) && noteOfContact(name) : this.noteOfRecord(parentType, name)
    if (!note) return resolve
    const outer: Resolver<Types> = (parent, args, given, info) => {
      const context = asContext(given)
      const found = resolve(parent, args, given, info)
      return isRecipient(context) ? noted(context, parent, found, note) : found
    }
    return layer(outer, resolve, (context) => !isRecipient(context))
  }

  private noteOfRecord(type: string, name: string): Note | undefined {
    const received: unknown = this.buildCache.getTypeConfig(type).extensions?.['received']
    if (!isReceived(received) || !received.fields.includes(name)) return undefined
    return async (context, parent, value) => {
      if (isNothing(value)) return
      const [record, contactIds] = [received.record(parent), await received.contacts(parent, context)]
      await Promise.all(contactIds.map((id) => noteReceived(context, id, `${type}.${name}`, record)))
    }
  }
}

/** Notes what of an object is given out. */
type Note = (context: Context, parent: unknown, value: unknown) => Promise<unknown>

// It was typed by the type's own shape where it was declared.
const isReceived = (value: unknown): value is ReceivedRecord =>
  typeof value === 'object' && value !== null && 'record' in value

async function noted(context: Context, parent: unknown, found: unknown, note: Note): Promise<unknown> {
  const value = await found
  await note(context, parent, value)
  return value
}

const noteOfContact =
  (name: string): Note =>
  (context, contact, value) => {
    const contactId: unknown = typeof contact === 'object' && contact !== null ? Reflect.get(contact, 'id') : undefined
    if (typeof contactId !== 'string') throw new Error(`Contact.${name} is of no contact`)
    return Promise.all(fieldsIn(name, value).map((field) => noteReceived(context, contactId, field)))
  }

const isNothing = (value: unknown) =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0)

/** What of it is there; of custom fields by their keys. */
function fieldsIn(name: string, value: unknown): string[] {
  if (isNothing(value)) return []
  if (name !== 'customField' && name !== 'customFields') return [name]
  return [value].flat().flatMap((one) => {
    // An item may be null, or the error that stands in its place.
    if (typeof one !== 'object' || one === null || one instanceof Error) return []
    if (!isOfField(one)) throw new Error(`Contact.${name} has a value of no field`)
    return [auditName(one.definition.key)]
  })
}

const isOfField = (value: object): value is Pick<FieldOfContact, 'definition'> => 'definition' in value

SchemaBuilder.registerPlugin('received', ReceivedPlugin)
