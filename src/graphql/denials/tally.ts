import { NIL } from 'uuid'
import type { Context } from '../context.ts'
import type { DeniedInput } from '../errors.ts'

/** Something that a caller was refused. */
export type Denial = {
  /** The field of the schema: `Contact.birthDate`, `Mutation.createContact`. */
  field: string
  /** What of its input, if that is it: `input.emails.address`. */
  input?: string
  right?: string
  access?: 'read' | 'write'
  /** Why, where no right says it. */
  reason?: string
}

/**
 * What a caller was refused in one request, the same things counted. What is told apart is named in the schema, so no caller
 * can make it many.
 */
export type DenialTally = {
  /** The fields of Query or Mutation where it was refused. */
  rootFields: ReadonlySet<string>
  denials: ReadonlyMap<string, Denial & { times: number }>
  /** Contacts that the caller asked for and doesn't see. */
  contactIds: ReadonlySet<string>
  add: (rootField: string, denial: Denial) => void
  addContact: (rootField: string, id: string) => void
}

declare module '../context.ts' {
  interface Loaders {
    denials?: DenialTally
  }
}

/** What was refused in this request so far. */
export function denialsOf({ loaders }: Context): DenialTally {
  loaders.denials ??= newTally()
  return loaders.denials
}

function newTally(): DenialTally {
  const rootFields = new Set<string>()
  const denials = new Map<string, Denial & { times: number }>()
  const contactIds = new Set<string>()
  return {
    rootFields,
    denials,
    contactIds,
    add: (rootField, denial) => {
      rootFields.add(rootField)
      const { field, input, right, access, reason } = denial
      const key = JSON.stringify([field, input, right, access, reason])
      const known = denials.get(key)
      if (known) known.times++
      else denials.set(key, { ...denial, times: 1 })
    },
    addContact: (rootField, id) => {
      rootFields.add(rootField)
      contactIds.add(id)
    },
  }
}

/** Notes for the log what a mutation refused without an error, such as a row of an import. */
export function noteDenied(context: Context, mutation: string, { path, right, access }: DeniedInput): void {
  denialsOf(context).add(mutation, { field: `Mutation.${mutation}`, input: withoutIndexes(path), right, access })
}

/**
 * Notes for the log that a caller who is bound to purposes asked for a contact that they don't see, or that isn't there:
 * nobody looks which of the two it is, so that it makes no difference.
 */
export function noteUnseen(context: Context, rootField: string, contactId: string): void {
  if (contactId !== NIL) denialsOf(context).addContact(rootField, contactId)
}

/** `emails.3.address` is `emails.address`, however many there are. */
export const withoutIndexes = (path: string): string => path.replace(/\.\d+(?=\.|$)/g, '')
