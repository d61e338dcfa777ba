import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { BasisListener } from '../../lawfulness/basis/listener.ts'
import { applyRules, applyTo, type Round, release } from './apply.ts'

// When rules are applied: to all contacts once a day, and to those who lost a ground within minutes.

const batch = 200

/** Applies the rules to all contacts if that was a day ago; undefined: it wasn't. Of several processes one does. */
export async function applyDaily(context: WorkContext): Promise<Round | undefined> {
  const claimed = await context.database.$executeRaw`
    UPDATE retention_run SET applied_at = now() WHERE applied_at < now() - interval '1 day'`
  if (claimed === 0) return undefined
  try {
    const round = await applyRules(context)
    if (Object.values(round).some((count) => count > 0))
      context.log.info({ round }, 'the rules of retention were applied')
    return round
  } catch (error) {
    await applySoon(context)
    throw error
  }
}

/** Lets the next housekeeping apply them, whenever that was. */
export const applySoon = ({ database }: Pick<WorkContext, 'database'>) =>
  database.$executeRaw`UPDATE retention_run SET applied_at = '2000-01-01'`

/** Applies the rules to those who lost a ground since. */
export async function applyToNoted(context: WorkContext): Promise<void> {
  const turn = (tx: Transaction) => takeNoted(tx, context)
  while ((await transact(context, 'applyRetentionRules', turn)) === batch);
}

async function takeNoted(tx: Transaction, context: WorkContext): Promise<number> {
  const noted = await tx.$queryRaw<{ id: string }[]>`
    DELETE FROM retention_look WHERE contact_id IN
      (SELECT contact_id FROM retention_look ORDER BY contact_id LIMIT ${batch} FOR UPDATE SKIP LOCKED)
    RETURNING contact_id AS id`
  if (noted.length > 0)
    await applyTo(
      tx,
      context,
      noted.map(({ id }) => id),
    )
  return noted.length
}

const given = ['given', 'confirmed', 'renewed']
const taken = ['withdrawn', 'objected', 'refused', 'lapsed', 'retracted']

/** Who lost a ground is looked at soon; who got one may be worked with again at once, and is proposed no more. */
export const onBasis: BasisListener = async (tx, context, events) => {
  const idsOf = (kinds: readonly string[]) => [
    ...new Set(events.flatMap(({ kind, contactId }) => (kinds.includes(kind) ? [contactId] : []))),
  ]
  // Of somebody new nothing was restricted or proposed.
  const [gained, lost] = [idsOf(given).filter((id) => !tx.$isNew(id)), idsOf(taken)]
  if (gained.length > 0) {
    const [restricted, proposed] = await among(tx, gained)
    await release(tx, restricted)
    await context.withdrawErasures?.(tx, gained)
    if (proposed.length > 0) {
      const where = { contactId: { in: proposed }, state: 'open', categories: { isEmpty: true } }
      await tx.erasureProposal.updateMany({ where, data: { state: 'withdrawn', decidedAt: new Date() } })
    }
  }
  if (lost.length > 0) {
    await tx.$executeRaw`
      INSERT INTO retention_look (contact_id) SELECT unnest(${lost}::uuid[]) ON CONFLICT DO NOTHING`
  }
}

/** Which of these are restricted, and proposed: few, as a rule none. */
async function among(tx: Transaction, contactIds: readonly string[]): Promise<[string[], string[]]> {
  const rows = await tx.$queryRaw<{ id: string; restricted: boolean }[]>`
    SELECT contact_id AS id, true AS restricted FROM retention_restriction
    WHERE contact_id = ANY(${[...contactIds]}::uuid[]) AND ended_at IS NULL
    UNION ALL SELECT contact_id, false FROM erasure_proposal WHERE contact_id = ANY(${[...contactIds]}::uuid[]) AND state = 'open' AND categories = '{}'`
  const of = (restricted: boolean) => rows.flatMap((row) => (row.restricted === restricted ? [row.id] : []))
  return [of(true), of(false)]
}
