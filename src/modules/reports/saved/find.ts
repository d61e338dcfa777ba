import type { Report } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { notFound } from '../../../graphql/errors.ts'
import { mayRun } from '../running/may-run.ts'
import { sources } from '../sources/index.ts'

// Who made a report sees it, who holds a role that it is shared with, and who decides over sharing. What it shows them is another question: see openReport.

/** A saved report that the caller sees. Throws NOT_FOUND. */
export async function findSaved(context: Context, id: string): Promise<Report> {
  const found = await context.database.report.findUnique({ where: { id } })
  if (!found || !(await seesSaved(context, found))) throw notFound('Report')
  return found
}

/** The saved reports that the caller sees and may run, by name. */
export async function listSaved(context: Context): Promise<Report[]> {
  const userId = userOf(context)
  if (userId === null) return []
  const roles = await rolesOf(context, userId)
  const found = await context.database.report.findMany({
    where: {
      OR: [
        { ownerId: userId },
        context.rights.canRead(sharedRight)
          ? { NOT: { sharedWith: { isEmpty: true } } }
          : { sharedWith: { hasSome: roles } },
      ],
    },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: mostListed,
  })
  return found.filter(({ definition }) => {
    const source = sourceIn(definition)
    return source !== undefined && mayRun(context, source)
  })
}

const mostListed = 1000

/** Who reads this sees whatever is shared, with whomever. */
const sharedRight = 'reports.shared'

/** What a saved report is about, whether or not the rest of it fits any more. */
const sourceIn = (definition: unknown) => {
  const named: unknown = typeof definition === 'object' && definition !== null && Reflect.get(definition, 'source')
  return sources.find(({ key }) => key === named)
}

/** Whether the caller made it, or it is shared with them. Programs have neither reports nor roles. */
export async function seesSaved(context: Context, { ownerId, sharedWith }: Report): Promise<boolean> {
  const userId = userOf(context)
  if (userId === null) return false
  if (ownerId === userId || (sharedWith.length > 0 && context.rights.canRead(sharedRight))) return true
  return (await rolesOf(context, userId)).some((role) => sharedWith.includes(role))
}

/** The user who acts, for themself. */
export const userOf = ({ actor }: Pick<Context, 'actor'>): string | null => (actor.kind === 'user' ? actor.id : null)

async function rolesOf({ database }: Context, userId: string): Promise<string[]> {
  const held = await database.roleAssignment.findMany({ where: { userId }, select: { roleId: true } })
  return held.map(({ roleId }) => roleId)
}
