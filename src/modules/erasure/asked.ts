import type { Erasure, SubjectRequest } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { retainedOfContact } from './ahead.ts'
import type { RetainedCount } from './register.ts'

// Who asked to be erased is told when they are (Art. 12(3) GDPR), whoever has them erased, and why.

/** A request to be erased that waits, with what a law keeps of whoever asked. */
export type Asked = { request: SubjectRequest; retained: readonly RetainedCount[] }

type About = Pick<Erasure, 'id' | 'kind' | 'categories' | 'requestId'>

/** The request that an erasure of one contact fulfils: the one that it names, or else what they asked for and nobody answered. */
export async function requestBehind(tx: Transaction | Database, erasure: About): Promise<SubjectRequest | null> {
  const { id, kind, categories, requestId } = erasure
  if (requestId) return tx.subjectRequest.findFirst({ where: { id: requestId } })
  // A part isn't what they asked for.
  if (kind !== 'contact' || categories.length > 0) return null
  const subject = await tx.erasureSubject.findFirst({ where: { erasureId: id } })
  const [request = null] = subject ? await openRequests(tx, [subject.contactId]) : []
  return request
}

/** What these contacts asked for and nobody answered: to be erased, where it is known that it is they who ask. */
export const openRequests = (tx: Transaction | Database, contactIds: readonly string[]): Promise<SubjectRequest[]> =>
  tx.subjectRequest.findMany({
    where: {
      ...{ contactId: { in: [...contactIds] }, kind: 'erasure', status: { in: ['open', 'in_progress'] } },
      verifiedAt: { not: null },
    },
    orderBy: [{ contactId: 'asc' }, { id: 'asc' }],
  })

/** The same, by contact, with what a law keeps of each; a few in a set, as a rule. */
export async function askedAmong(
  context: WorkContext,
  erasure: Pick<Erasure, 'id' | 'ground' | 'categories' | 'related' | 'fingerprints'>,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, Asked>> {
  const asked = new Map<string, Asked>()
  if (erasure.categories.length > 0) return asked
  for (const request of await openRequests(context.database, contactIds)) {
    const retained = await retainedOfContact(context, erasure, request.contactId)
    asked.set(request.contactId, { request, retained })
  }
  return asked
}
