import type { Erasure } from '#prisma/client.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { decisionOf } from './decision.ts'
import { type Preview, previewErasure } from './engine/preview.ts'
import type { RetainedCount } from './register.ts'

/** What a law would oblige to keep, for whoever is to be told. */
export const retainedIn = ({ modules }: Preview): RetainedCount[] =>
  modules.flatMap(({ restricted }) =>
    restricted.map(({ model, citation, until, rows }) => ({
      ...{ model, citation, until: until.toISOString(), count: rows },
    })),
  )

/** What a law would oblige to keep of a contact if an erasure were executed now: who asked for it is told before. */
export const retainedOfContact = async (
  context: WorkContext,
  erasure: Pick<Erasure, 'id' | 'ground' | 'categories' | 'related' | 'fingerprints'>,
  contactId: string,
): Promise<RetainedCount[]> => retainedIn(await previewErasure(context, [contactId], decisionOf(erasure)))
