import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import { rectifiable } from '../../modules/recipients/fields.ts'
import { noteReceived } from '../../modules/recipients/received.ts'
import { asContext } from '../auth/plugin.ts'
import type { Context } from '../context.ts'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      received: ReceivedPlugin<Types>
    }
  }
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

/** Notes which partner gets which field of a contact, whatever way leads there, before the value is given. Costs others nothing. */
export class ReceivedPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(resolve: Resolver<Types>, config: PothosOutputFieldConfig<Types>): Resolver<Types> {
    const { parentType, name } = config
    if (parentType !== 'Contact' || !rectifiable(name)) return resolve
    return (parent, args, given, info) => {
      const context = asContext(given)
      const found = resolve(parent, args, given, info)
      return context.partner && context.actor.kind === 'client' ? noted(context, parent, name, found) : found
    }
  }
}

async function noted(context: Context, contact: unknown, name: string, found: unknown): Promise<unknown> {
  const value = await found
  const contactId: unknown = typeof contact === 'object' && contact !== null ? Reflect.get(contact, 'id') : undefined
  if (typeof contactId !== 'string') throw new Error(`Contact.${name} is of no contact`)
  await Promise.all(fieldsIn(name, value).map((field) => noteReceived(context, contactId, field)))
  return value
}

/** What of it is there; of custom fields by their keys. */
function fieldsIn(name: string, value: unknown): string[] {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return []
  if (name !== 'customField' && name !== 'customFields') return [name]
  return [value].flat().flatMap((one) => {
    const key: unknown = typeof one === 'object' && one !== null ? Reflect.get(one, 'key') : undefined
    return typeof key === 'string' ? [`customFields.${key}`] : []
  })
}

SchemaBuilder.registerPlugin('received', ReceivedPlugin)
