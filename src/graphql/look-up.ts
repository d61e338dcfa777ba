import type { Context } from './context.ts'
import { forbiddenRead, unauthenticated } from './errors.ts'
import { uuidOrNobody } from './ids.ts'

/** For `node(id)`: the right is checked before anything is loaded, so the answer doesn't tell whether the object exists. */
export function guardedLookUp(right: string): (id: string, context: Context) => { id: string } {
  return (id, { rights, actor }) => {
    if (!rights.canRead(right)) throw actor.kind === 'anonymous' ? unauthenticated() : forbiddenRead(right)
    return { id: uuidOrNobody(id) }
  }
}
