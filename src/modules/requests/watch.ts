import type { IncomingRequest, SubjectRequest } from '#prisma/client.ts'
import { Prisma } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { findByAddress } from './find-by-address.ts'
import { saidIn } from './incoming.ts'
import { isRequestKind, known } from './kinds.ts'
import { soon } from './list.ts'
import { type Alert, alert, tellPerson } from './mails.ts'
import { take } from './status.ts'

// What happens to requests as time goes by. Each thing once: that it was done is committed with it, and rows that another process
// is at are left to that one.

const batch = 25
const day = 24 * 3_600_000
/** A repetition of a call is known so long, in milliseconds. */
const repetitionsKnown = 30 * day
/** An administrative offence lapses after three years (§ 31 OWiG with Art. 83 GDPR); so long is it kept that a request was answered. */
const recordsKept = 3 * 366 * day

/** Does it once. */
export async function watchRequests(context: WorkContext): Promise<void> {
  for (const turn of [seekContacts, remind, tellOverdue, tellIncomingOverdue, expire, forget]) {
    while ((await turn(context)) === batch);
  }
}

type Key = Pick<SubjectRequest, 'contactId' | 'id'>

/** Those to which a condition applies, held until the end of the transaction. */
async function claim(tx: Transaction, condition: Prisma.Sql): Promise<SubjectRequest[]> {
  const keys = await tx.$queryRaw<Key[]>`
    SELECT contact_id AS "contactId", id FROM subject_request WHERE ${condition}
    ORDER BY due_at LIMIT ${batch} FOR UPDATE SKIP LOCKED`
  if (keys.length === 0) return []
  return tx.subjectRequest.findMany({ where: { OR: keys } })
}

/** Tells once what is due soon. */
export const remind = (context: WorkContext): Promise<number> =>
  tellOnce(
    context,
    'remindOfRequests',
    'dueSoon',
    'remindedAt',
    (column) =>
      Prisma.sql`${column} IS NULL AND status IN ('open', 'in_progress')
      AND due_at BETWEEN statement_timestamp() AND statement_timestamp() + ${soon} * interval '1 day'`,
  )

/** Tells once what is overdue. */
export const tellOverdue = (context: WorkContext): Promise<number> =>
  tellOnce(
    context,
    'noteOverdueRequests',
    'overdue',
    'overdueAt',
    (column) => Prisma.sql`${column} IS NULL AND status IN ('open', 'in_progress') AND due_at < statement_timestamp()`,
  )

function tellOnce(
  context: WorkContext,
  operation: string,
  kind: Alert,
  noted: 'remindedAt' | 'overdueAt',
  condition: (column: Prisma.Sql) => Prisma.Sql,
): Promise<number> {
  const column = noted === 'remindedAt' ? Prisma.sql`reminded_at` : Prisma.sql`overdue_at`
  return transact(context, operation, async (tx) => {
    const requests = await claim(tx, condition(column))
    for (const { contactId, id, kind: right, dueAt, assigneeId } of requests) {
      await tx.subjectRequest.update({ where: { contactId_id: { contactId, id } }, data: { [noted]: new Date() } })
      await alert(tx, context, kind, { kinds: [known(isRequestKind, right)], dueAt, assigneeId })
    }
    return requests.length
  })
}

/** Closes requests whose person was asked who they are, and did not say in time; they are told. */
export const expire = (context: WorkContext): Promise<number> =>
  transact(context, 'expireRequests', async (tx) => {
    const over = Prisma.sql`status = 'needs_verification' AND verification_due_at < statement_timestamp()`
    const requests = await claim(tx, over)
    for (const request of requests) {
      const { contactId, id } = request
      const data = { status: take(request, 'expire'), decidedAt: new Date() }
      await tx.subjectRequest.update({ where: { contactId_id: { contactId, id } }, data })
      await tellPerson(tx, context, [request], 'decision', ({ texts, rights, close }) =>
        texts.expired({ rights }, close),
      )
    }
    return requests.length
  })

/** Incoming requests to which a condition applies, held until the end of the transaction. */
async function claimIncoming(tx: Transaction, condition: Prisma.Sql): Promise<IncomingRequest[]> {
  const ids = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM incoming_request WHERE status = 'open' AND ${condition} ORDER BY due_at LIMIT ${batch} FOR UPDATE SKIP LOCKED`
  return ids.length > 0 ? tx.incomingRequest.findMany({ where: { id: { in: ids.map(({ id }) => id) } } }) : []
}

/** Looks whose a request is that came with an address. Where exactly one contact has it, it becomes theirs; who they are isn't proved by that. */
export const seekContacts = (context: WorkContext): Promise<number> =>
  transact(context, 'seekContacts', async (tx) => {
    const incoming = await claimIncoming(tx, Prisma.sql`sought_at IS NULL`)
    for (const one of incoming) await findByAddress(tx, context, one, saidIn(context, one)?.email ?? '')
    return incoming.length
  })

const tellIncomingOverdue = (context: WorkContext): Promise<number> =>
  transact(context, 'noteOverdueRequests', async (tx) => {
    const incoming = await claimIncoming(tx, Prisma.sql`overdue_at IS NULL AND due_at < statement_timestamp()`)
    for (const { id, kinds, dueAt } of incoming) {
      await tx.incomingRequest.update({ where: { id }, data: { overdueAt: new Date() } })
      await alert(tx, context, 'overdue', { kinds: kinds.map((kind) => known(isRequestKind, kind)), dueAt })
    }
    return incoming.length
  })

/** Forgets what is known of calls that nobody repeats any more, and of requests that were answered long ago. */
async function forget(context: WorkContext): Promise<number> {
  return transact(context, 'forgetRequests', async (tx) => {
    const decidedAt = { lt: new Date(Date.now() - repetitionsKnown) }
    const long = new Date(Date.now() - recordsKept)
    const select = { id: true }
    const old = await tx.incomingRequest.findMany({ where: { decidedAt }, select, take: batch })
    const records = await tx.answeredRequest.findMany({ where: { receivedOn: { lt: long } }, select, take: batch })
    const ids = (rows: { id: string }[]) => ({ where: { id: { in: rows.map(({ id }) => id) } } })
    if (old.length > 0) await tx.incomingRequest.deleteMany(ids(old))
    if (records.length > 0) await tx.answeredRequest.deleteMany(ids(records))
    return Math.max(old.length, records.length)
  })
}
