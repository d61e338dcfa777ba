import { v7 as uuidv7 } from 'uuid'
import { Prisma } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { ErasureGround } from '../../module.ts'
import { judged, type Status } from './judge.ts'
import { readSpecs, type Spec } from './spec.ts'

const pageSize = 1000
const beforeAll = '00000000-0000-0000-0000-000000000000'

/** What a round came to, in contacts. */
export type Round = {
  proposed: number
  requested: number
  restricted: number
  released: number
  withdrawn: number
}

const nothing: Round = { proposed: 0, requested: 0, restricted: 0, released: 0, withdrawn: 0 }

/**
 * Applies the rules to all contacts, a thousand at a time, each page in a unit of work of its own: those whose period is over are proposed
 * for erasure, or are to be erased, as the rule says; those that a rule restricts are restricted; and what is not so any more is taken
 * back. It can be broken off anywhere, and done again.
 */
export async function applyRules(context: WorkContext): Promise<Round> {
  let round = nothing
  let after = beforeAll
  for (;;) {
    context.signal?.throwIfAborted()
    const page = await context.database.$queryRaw<{ id: string }[]>`
      SELECT contact_id AS id FROM contact WHERE contact_id > ${after}::uuid ORDER BY contact_id LIMIT ${pageSize}`
    const ids = page.map(({ id }) => id)
    if (ids.length > 0) {
      round = sum(round, await transact(context, 'applyRetentionRules', (tx) => applyTo(tx, context, ids)))
    }
    if (ids.length < pageSize) return round
    after = ids.at(-1) ?? after
  }
}

const sum = (one: Round, other: Round): Round => ({
  proposed: one.proposed + other.proposed,
  requested: one.requested + other.requested,
  restricted: one.restricted + other.restricted,
  released: one.released + other.released,
  withdrawn: one.withdrawn + other.withdrawn,
})

type Found = {
  contactId: string
  status: Status | null
  due: Date | null
  spec: number | null
  restrictedSince: Date | null
  /** Of what is there already. */
  restriction: string | null
  proposal: string | null
  said: 'withdrawn' | 'objected' | null
}

/** Applies the rules to these contacts. */
export async function applyTo(tx: Transaction, context: WorkContext, contactIds: readonly string[]): Promise<Round> {
  // Of two rounds at once, the second begins anew, and finds what the first did.
  await tx.$executeRaw`UPDATE retention_run SET applied_at = applied_at`
  const specs = await readSpecs(tx)
  const among = Prisma.sql`= ANY(${[...contactIds]}::uuid[])`
  const found = await tx.$queryRaw<Found[]>`
    SELECT c.contact_id AS "contactId", j.status, j.due, j.spec, r.id AS restriction, p.id AS proposal,
      CASE WHEN j.status NOT IN ('lawful', 'running') THEN j.restricted_since END AS "restrictedSince",
      (SELECT e.kind FROM lawful_basis_event e WHERE e.contact_id = c.contact_id AND e.kind IN ('withdrawn', 'objected')
        ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1) AS said
    FROM contact c LEFT JOIN (${judged(specs, among)}) j ON j.contact_id = c.contact_id
    LEFT JOIN retention_restriction r ON r.contact_id = c.contact_id AND r.ended_at IS NULL
    LEFT JOIN erasure_proposal p ON p.contact_id = c.contact_id AND p.state = 'open'
    WHERE c.contact_id ${among} AND (j.status = 'due' OR r.id IS NOT NULL OR p.id IS NOT NULL OR j.restricted_since IS NOT NULL)
    ORDER BY c.contact_id`
  const due = found.flatMap((one) => {
    const spec = one.status === 'due' && one.spec !== null ? specs[one.spec] : undefined
    return spec?.key && one.due ? [{ ...one, due: one.due, spec, ruleKey: spec.key }] : []
  })
  const over = found.filter(({ proposal, status }) => proposal !== null && !stillDue(status))
  return {
    ...(await propose(tx, context, due)),
    ...(await restrict(tx, specs, found)),
    withdrawn: await withdraw(tx, over),
  }
}

const stillDue = (status: Status | null) => status !== null && !['lawful', 'running', 'waiting'].includes(status)

type Due = Pick<Found, 'contactId' | 'said'> & { due: Date; spec: Spec; ruleKey: string }

async function propose(tx: Transaction, context: WorkContext, due: readonly Due[]) {
  const now = new Date()
  const { requestErasure } = context
  const rowOf = ({ contactId, due: dueAt, ruleKey, said }: Due) => ({
    ...{ contactId, id: uuidv7(), ruleKey, ground: groundOf(said), dueAt, proposedAt: now },
  })
  const isAsked = ({ spec }: Due) => requestErasure === undefined || spec.action === 'propose'
  const proposals = due.filter(isAsked).map(rowOf)
  if (proposals.length > 0) await tx.erasureProposal.createMany({ data: proposals })
  const decided = Map.groupBy(
    due.filter((one) => !isAsked(one)),
    ({ ruleKey, said }) => JSON.stringify([ruleKey, groundOf(said)]),
  )
  for (const some of decided.values()) {
    const [first] = some
    if (!first || !requestErasure) continue
    const { erasureId } = await requestErasure(tx, context, {
      contactIds: some.map(({ contactId }) => contactId),
      ...{ ground: groundOf(first.said), origin: 'rule', ruleKey: first.ruleKey },
    })
    const data = some.map((one) => ({ ...rowOf(one), state: 'accepted', decidedAt: now, erasureId }))
    await tx.erasureProposal.createMany({ data })
  }
  return { proposed: proposals.length, requested: due.length - proposals.length }
}

/** What the person said last is why; else the time alone. */
const groundOf = (said: Found['said']): ErasureGround =>
  said === null ? 'retention_ended' : said === 'withdrawn' ? 'consent_withdrawn' : 'objection'

async function restrict(tx: Transaction, specs: readonly Spec[], found: readonly Found[]) {
  const restricting = specs.find(({ action }) => action === 'restrict')?.key ?? ''
  const begin = found.filter(({ restrictedSince, restriction }) => restrictedSince && !restriction)
  const end = found.filter(({ restrictedSince, restriction }) => restriction && !restrictedSince)
  const rows = begin.flatMap(({ contactId, restrictedSince: since, spec }) => {
    const own = spec === null ? undefined : specs[spec]
    const ruleKey = own?.action === 'restrict' ? (own.key ?? restricting) : restricting
    return since ? [{ contactId, id: uuidv7(), ruleKey, since }] : []
  })
  if (rows.length > 0) await tx.retentionRestriction.createMany({ data: rows })
  await release(
    tx,
    end.map(({ contactId }) => contactId),
  )
  return { restricted: rows.length, released: end.length }
}

/** Ends the restrictions of contacts that somebody may work with again. */
export async function release(tx: Transaction, contactIds: readonly string[]): Promise<void> {
  if (contactIds.length === 0) return
  const where = { contactId: { in: [...contactIds] }, endedAt: null }
  await tx.retentionRestriction.updateMany({ where, data: { endedAt: new Date() } })
}

async function withdraw(tx: Transaction, over: readonly Pick<Found, 'contactId'>[]): Promise<number> {
  if (over.length === 0) return 0
  const where = { contactId: { in: over.map(({ contactId }) => contactId) }, state: 'open' }
  await tx.erasureProposal.updateMany({ where, data: { state: 'withdrawn', decidedAt: new Date() } })
  return over.length
}
