import type { GraphQLResolveInfo } from 'graphql'
import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../graphql/context.ts'
import { contactReading, readContacts } from './along.ts'
import { contactsAtHand, isBound, sees } from './sight.ts'

/** A contact with what a field asks for of it; null if there is none that the caller sees, which is asked first: see `findContact`. */
export async function readContact(context: Context, id: string, info: GraphQLResolveInfo) {
  if (isBound(context) && !(await sees(context, id))) return null
  const [found] = await readContacts(context, contactReading(info), Prisma.sql`FROM ${contactsAtHand([id])}`)
  return found?.contact ?? null
}
