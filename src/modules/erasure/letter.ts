import type { Erasure } from '#prisma/client.ts'
import type { Context } from '../../graphql/context.ts'
import { retainedOfContact } from './ahead.ts'
import { requestBehind } from './asked.ts'
import { noticeOf } from './notice.ts'
import { pending, stateOf } from './state.ts'

/** What the person who asked for an erasure is told before it; null: nobody asked, or they are gone. */
export async function letterOf(context: Context, erasure: Erasure): Promise<string | null> {
  if (!pending.includes(stateOf(erasure))) return null
  const request = await requestBehind(context.database, erasure)
  if (!request) return null
  const retained = await retainedOfContact(context, erasure, request.contactId)
  return (await noticeOf(context.database, context, request, { ...erasure, retained })).text
}
