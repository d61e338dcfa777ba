import { v7 as uuidv7 } from 'uuid'
import { Prisma } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { ErasureGround } from '../../module.ts'
import { judged, judgedPart, type Status } from './judge.ts'
import { byHand } from './restriction.ts'
import { erasesByItself, readSpecs, type Spec } from './spec.ts'

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
  /** A rule restricts them, and not somebody by hand. */
  ruled: boolean
  proposal: string | null
  said: 'withdrawn' | 'objected' | null
  /** Staff refused to erase them once. */
  wasRefused: boolean
}

/** Applies the rules to these contacts. */
export async function applyTo(tx: Transaction, context: WorkContext, contactIds: readonly string[]): Promise<Round> {
  // Of two rounds at once, the second begins anew, and finds what the first did.
  await tx.$executeRaw`UPDATE retention_run SET applied_at = applied_at`
  const specs = await readSpecs(tx)
  const among = Prisma.sql`= ANY(${[...contactIds]}::uuid[])`
  const whole = Prisma.sql`p.categories = '{}'`
  const found = await find(tx, judged(specs, among), { among, proposals: whole })
  const parts = specs.filter(({ categories }) => categories.length > 0)
  let round = await settle(tx, context, specs, found)
  round = sum(round, { ...nothing, ...(await restrict(tx, specs, found)) })
  for (const spec of parts) {
    const proposals = Prisma.sql`p.rule_key = ${spec.key} AND p.categories <> '{}'`
    const due = await find(tx, judgedPart(spec, among), { among, proposals })
    round = sum(round, await settle(tx, context, [spec], due))
  }
  // Of rules about a part that are no more, nothing is due.
  const keys = parts.flatMap(({ key }) => key ?? [])
  const where = { contactId: { in: [...contactIds] }, state: 'open', NOT: { categories: { isEmpty: true } } }
  const gone = await tx.erasureProposal.findMany({ where: { ...where, ruleKey: { notIn: keys } } })
  return sum(round, { ...nothing, withdrawn: await withdraw(tx, gone) })
}

const find = (
  tx: Transaction,
  judgement: Prisma.Sql,
  { among, proposals }: Record<'among' | 'proposals', Prisma.Sql>,
) =>
  tx.$queryRaw<Found[]>`
    SELECT c.contact_id AS "contactId", j.status, j.due, j.spec, r.id AS restriction, r.rule_key <> ${byHand} AS ruled, p.id AS proposal,
      CASE WHEN j.status NOT IN ('lawful', 'running') THEN j.restricted_since END AS "restrictedSince",
      (SELECT e.kind FROM lawful_basis_event e WHERE e.contact_id = c.contact_id AND e.kind IN ('withdrawn', 'objected')
        ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1) AS said,
      EXISTS (SELECT FROM erasure_subject s JOIN erasure x ON x.id = s.erasure_id WHERE s.contact_id = c.contact_id AND x.state = 'refused')
        AS "wasRefused"
    FROM contact c LEFT JOIN (${judgement}) j ON j.contact_id = c.contact_id
    LEFT JOIN retention_restriction r ON r.contact_id = c.contact_id AND r.ended_at IS NULL
    LEFT JOIN erasure_proposal p ON p.contact_id = c.contact_id AND p.state = 'open' AND ${proposals}
    WHERE c.contact_id ${among} AND (j.status = 'due' OR r.id IS NOT NULL OR p.id IS NOT NULL OR j.restricted_since IS NOT NULL)
    ORDER BY c.contact_id`

/** Proposes or asks for what is due, and takes back what isn't any more. */
async function settle(tx: Transaction, context: WorkContext, specs: readonly Spec[], found: readonly Found[]) {
  const due = found.flatMap((one) => {
    const spec = one.status === 'due' && one.spec !== null ? specs[one.spec] : undefined
    return spec?.key && one.due ? [{ ...one, due: one.due, spec, ruleKey: spec.key }] : []
  })
  const over = found.flatMap(({ contactId, proposal: id, status }) =>
    id && !stillDue(status) ? [{ contactId, id }] : [],
  )
  return { ...nothing, ...(await propose(tx, context, due)), withdrawn: await withdraw(tx, over) }
}

const stillDue = (status: Status | null) => status !== null && !['lawful', 'running', 'waiting'].includes(status)

type Due = Pick<Found, 'contactId' | 'said' | 'wasRefused'> & { due: Date; spec: Spec; ruleKey: string }

async function propose(tx: Transaction, context: WorkContext, due: readonly Due[]) {
  const now = new Date()
  const { requestErasure } = context
  const needed = context.erasure?.approvals ?? 0
  const rowOf = ({ contactId, due: dueAt, ruleKey, said, spec: { categories } }: Due) => ({
    ...{
      contactId,
      id: uuidv7(),
      ruleKey,
      ground: groundOf(said),
      dueAt,
      proposedAt: now,
      categories: [...categories],
    },
  })
  // Nobody alone has many erased; and what staff refused once, staff decides again.
  const isAsked = ({ spec: { action, approverIds }, wasRefused }: Due) =>
    requestErasure === undefined ||
    action === null ||
    !erasesByItself(action) ||
    approverIds.length < needed ||
    wasRefused
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
      ...{
        ground: groundOf(first.said),
        ...whatGoes(first.spec),
        origin: 'rule',
        ruleKey: first.ruleKey,
        automatic: true,
      },
    })
    const data = some.map((one) => ({ ...rowOf(one), state: 'accepted', decidedAt: now, erasureId }))
    await tx.erasureProposal.createMany({ data })
  }
  return { proposed: proposals.length, requested: due.length - proposals.length }
}

/** What the person said last is why; else the time alone. */
const groundOf = (said: Found['said']): ErasureGround =>
  said === null ? 'retention_ended' : said === 'withdrawn' ? 'consent_withdrawn' : 'objection'

/** What is erased of them. Who is anonymised leaves whatever holds no personal data: numbers, and records without. */
const whatGoes = ({ categories, action }: Spec) => ({
  categories: categories.length > 0 ? categories : null,
  related: action === 'anonymise' ? { document: 'keep' as const, appointment: 'keep' as const } : {},
})

async function restrict(tx: Transaction, specs: readonly Spec[], found: readonly Found[]) {
  const restricting = specs.find(({ action }) => action === 'restrict')?.key ?? ''
  const begin = found.filter(({ restrictedSince, restriction }) => restrictedSince && !restriction)
  // What was restricted by hand, no rule lifts.
  const end = found.filter(({ restrictedSince, restriction, ruled }) => restriction && ruled && !restrictedSince)
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

async function withdraw(tx: Transaction, over: readonly { contactId: string; id: string }[]): Promise<number> {
  if (over.length === 0) return 0
  const where = { contactId: { in: over.map(({ contactId }) => contactId) }, id: { in: over.map(({ id }) => id) } }
  await tx.erasureProposal.updateMany({ where, data: { state: 'withdrawn', decidedAt: new Date() } })
  return over.length
}
