import DataLoader from 'dataloader'
import type { LawfulBasisEvent } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Restricted, readRestrictions } from '../law/restriction.ts'
import type { Purposes } from '../law/types.ts'
import { type PurposeOverTime, registerAt, withVersions } from '../register/versions.ts'
import { byKey } from './project.ts'

declare module '../../../graphql/context.ts' {
  interface Loaders {
    basisEvents?: DataLoader<string, LawfulBasisEvent[]>
    restrictions?: DataLoader<string, Restricted[]>
    register?: Promise<PurposeOverTime[]>
  }
}

/**
 * The events of a contact's legal grounds, in the order in which they were recorded, but for uses (uses.ts). Asked for many in
 * one statement.
 */
export function eventsOf({ loaders, database }: Context, contactId: string): Promise<LawfulBasisEvent[]> {
  loaders.basisEvents ??= new DataLoader(async (ids) => {
    const found = await database.lawfulBasisEvent.findMany({
      where: { contactId: { in: [...ids] }, kind: { not: 'used' } },
      orderBy: [{ recordedAt: 'asc' }, { id: 'asc' }],
    })
    const byContact = Map.groupBy(found, (event) => event.contactId)
    return ids.map((id) => byContact.get(id) ?? [])
  })
  return loaders.basisEvents.load(contactId)
}

/** When the processing of a contact's data was restricted. Asked for many in one statement, and anew each time: requests decide it. */
export function restrictionsOf(context: Context, contactId: string): Promise<Restricted[]> {
  context.loaders.restrictions ??= new DataLoader(
    async (ids) => {
      const found = await readRestrictions(context.database, context, [...new Set(ids)])
      return ids.map((id) => found.get(id) ?? [])
    },
    { cache: false },
  )
  return context.loaders.restrictions.load(contactId)
}

/** The register, read once in a request: as it is, or as it was at a moment. */
export async function registerOf({ loaders, database }: Context, moment?: Date): Promise<Purposes> {
  loaders.register ??= database.purpose.findMany({ include: withVersions })
  const purposes = await loaders.register
  return moment ? registerAt(purposes, moment) : byKey(purposes)
}

/** A change makes what was read before it old. */
export function forgetEvents({ loaders }: Context): void {
  loaders.basisEvents?.clearAll()
  delete loaders.uses
  delete loaders.lastUses
  delete loaders.register
}
