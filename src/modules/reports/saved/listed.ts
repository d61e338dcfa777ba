import type { Report } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { uuidOrNobody } from '../../../graphql/ids.ts'
import { type ReadyMade, readyMade } from '../ready-made.ts'
import { mayRun } from '../running/may-run.ts'
import { sourceOf } from '../sources/index.ts'
import { findSaved } from './find.ts'

/** A report that somebody can run: one that every installation has, or one that was saved. */
export type Listed = { readyMade: ReadyMade } | { saved: Report }

/** The ready-made reports that the caller may run. */
export const listReadyMade = (context: Context): Listed[] =>
  readyMade.filter((one) => mayRunReadyMade(context, one)).map((one) => ({ readyMade: one }))

const mayRunReadyMade = (context: Context, { definition: { source, parameters } }: ReadyMade) =>
  mayRun(context, sourceOf(source), parameters)

/** A report by its key or its id; null if there is none that the caller sees. */
export async function findListed(
  context: Context,
  { key, id }: { key?: string | null | undefined; id?: string | null | undefined },
): Promise<Listed | null> {
  if (typeof key === 'string') {
    const found = readyMade.find((report) => report.key === key)
    return found && mayRunReadyMade(context, found) ? { readyMade: found } : null
  }
  return findSaved(context, uuidOrNobody(id ?? '')).then(
    (saved) => ({ saved }),
    (error: unknown) => {
      if (error instanceof LetheError && error.code === 'NOT_FOUND') return null
      throw error
    },
  )
}
