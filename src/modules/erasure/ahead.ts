import type { WorkContext } from '../../graphql/context.ts'
import { decisionOf } from './decision.ts'
import { previewErasure } from './engine/preview.ts'
import type { RetainedCount } from './register.ts'

/**
 * What a law would oblige to keep if an erasure were executed now, for the person who asked for it: they are told before. Nothing, where
 * nobody asked.
 */
export async function retainedAhead(context: WorkContext, id: string): Promise<RetainedCount[]> {
  const erasure = await context.database.erasure.findUnique({ where: { id } })
  const subject = await context.database.erasureSubject.findFirst({ where: { erasureId: id } })
  if (!erasure?.requestId || !subject) return []
  const { modules } = await previewErasure(context, [subject.contactId], decisionOf(erasure))
  return modules.flatMap(({ restricted }) =>
    restricted.map(({ model, citation, until, rows }) => ({
      model,
      citation,
      until: until.toISOString(),
      count: rows,
    })),
  )
}
