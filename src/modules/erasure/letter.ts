import type { Erasure } from '#prisma/client.ts'
import type { Context } from '../../graphql/context.ts'
import { retainedAhead } from './ahead.ts'
import { noticeOf } from './notice.ts'
import { pending, stateOf } from './state.ts'

/** What the person who asked for an erasure is told before it; null: nobody asked, or they are gone. */
export async function letterOf(context: Context, erasure: Erasure): Promise<string | null> {
  const { id, requestId } = erasure
  if (requestId === null || !pending.includes(stateOf(erasure))) return null
  const request = await context.database.subjectRequest.findFirst({ where: { id: requestId } })
  if (!request) return null
  const retained = await retainedAhead(context, id)
  return (await noticeOf(context.database, context, request, { ...erasure, retained })).text
}
