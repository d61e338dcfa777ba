import { Prisma } from '#prisma/client.ts'
import type { PageArguments, SortKey } from '../../database/keyset.ts'
import type { Context } from '../../graphql/context.ts'
import { listRows, newestFirst } from '../../graphql/list-rows.ts'
import type { ErasureGround } from '../module.ts'
import { seenErasure } from './find.ts'
import type { ErasureState } from './state.ts'

/** Which erasures. Several conditions hold together. */
export type ErasureFilter = {
  states?: readonly ErasureState[] | undefined
  ground?: ErasureGround | undefined
  contactId?: string | undefined
  /** Of a contact that is gone. */
  formerId?: string | undefined
  requestId?: string | undefined
  /** Whether recipients have to be told by hand. */
  untold?: boolean | undefined
  from?: Date | undefined
  until?: Date | undefined
}

/** A page of the register, the newest first; what belongs to a set stands there as one. */
export function listErasures(context: Context, filter: ErasureFilter, page: PageArguments) {
  const { database } = context
  const conditions = [Prisma.sql`r.kind <> 'batch'`, seenErasure(context), ...conditionsOf(filter)]
  const read = (ids: string[]) => database.erasure.findMany({ where: { id: { in: ids } } })
  return listRows(database, Prisma.sql`erasure`, { keys: newestFirst, conditions, page, read })
}

function conditionsOf({ states, ground, contactId, formerId, requestId, untold, from, until }: ErasureFilter) {
  return [
    ...(states ? [Prisma.sql`r.state = ANY(${[...states]}::text[])`] : []),
    ...(ground ? [Prisma.sql`r.ground = ${ground}`] : []),
    ...(contactId
      ? [
          Prisma.sql`EXISTS (SELECT FROM erasure_subject s WHERE s.contact_id = ${contactId}::uuid AND s.erasure_id = r.id)`,
        ]
      : []),
    ...(formerId
      ? [
          Prisma.sql`r.id IN (SELECT coalesce(b.set_id, b.id) FROM erased_contact g JOIN erasure b ON b.id = g.erasure_id
            WHERE g.contact_id = ${formerId}::uuid)`,
        ]
      : []),
    ...(requestId ? [Prisma.sql`r.request_id = ${requestId}::uuid`] : []),
    ...(untold === undefined
      ? []
      : [Prisma.sql`(r.clients_told_at IS NULL AND cardinality(r.untold_clients) > 0) = ${untold}`]),
    ...(from ? [Prisma.sql`r.requested_at >= ${from}`] : []),
    ...(until ? [Prisma.sql`r.requested_at < ${until}`] : []),
  ]
}

const latestFirst: SortKey[] = [
  { name: 'createdAt', expression: Prisma.sql`r.created_at`, type: 'timestamptz', descending: true },
  ...newestFirst,
]

/** A page of fingerprints, the newest first. */
export function listFingerprints({ database }: Context, page: PageArguments) {
  const read = (ids: string[]) => database.erasureFingerprint.findMany({ where: { id: { in: ids } } })
  return listRows(database, Prisma.sql`erasure_fingerprint`, { keys: latestFirst, conditions: [], page, read })
}
