import { decodeGlobalID } from '@pothos/plugin-relay'
import { validate } from 'uuid'
import { notFound } from './errors.ts'

// A UUID that no row has: a malformed id must read like one that doesn't exist.
const nobody = '00000000-0000-0000-0000-000000000000'

/** The UUID, or, for anything else, one that no row has. */
export const uuidOrNobody = (id: string): string => (validate(id) ? id : nobody)

/** The UUID inside a global id of this type, for ids in lists and inputs. Throws NOT_FOUND for any other text. */
export const uuidOf = (type: string, globalId: string): string => uuidOfAny([type], globalId)

/** The same, where it may be of several types. */
export function uuidOfAny(types: readonly string[], globalId: string): string {
  const { typename, id } = decode(globalId)
  if (!types.includes(typename) || !validate(id)) throw notFound(types.join(' or '))
  return id
}

function decode(globalId: string) {
  try {
    return decodeGlobalID(globalId)
  } catch {
    return { typename: '', id: '' } // Not a global id at all: the caller hears that there is no such object.
  }
}
