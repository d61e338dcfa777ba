import { v7 as uuidv7 } from 'uuid'
import { Prisma, type ReportReaction } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { requestsOf } from '../../consent/requests/requests.ts'
import type { Subject } from './subjects.ts'

// Asking for consent by mail is a disturbance (for advertising it is advertising itself): whoever was asked is left in peace for a while,
// by whichever reaction, and while an earlier question still waits for an answer.

/** So many days nobody is asked again for the same purpose. */
export const daysOfPeace = 30

const peace = Prisma.sql`${daysOfPeace}::int * interval '1 day'`

type Asking = Pick<ReportReaction, 'id'>
type Asked = Pick<Subject, 'contactId' | 'purposeKey'>

/** Who was merged into a contact: whoever asked one of them asked the same person. */
const mergedInto = (contactId: Prisma.Sql) => Prisma.sql`WITH RECURSIVE merged (id) AS (
  SELECT m.contact_id FROM contact m WHERE m.merged_into_id = ${contactId}
  UNION SELECT m.contact_id FROM merged o JOIN contact m ON m.merged_into_id = o.id) SELECT id FROM merged`

/** That a subject `s` was asked for `s.purpose_key` by another reaction than this one, which may only have been broken off after it asked. */
export const askedByOthers = (reactionId: string | undefined): Prisma.Sql => Prisma.sql`EXISTS (SELECT FROM report_ask k
  WHERE k.contact_id = ANY(ARRAY(SELECT s.contact_id UNION ALL (${mergedInto(Prisma.sql`s.contact_id`)}))) AND k.purpose_key = s.purpose_key AND k.asked_at > statement_timestamp() - ${peace}
    AND k.reaction_id IS DISTINCT FROM ${reactionId ?? null}::uuid)`

/** Takes it upon this reaction to ask somebody. False: another one did, or a question waits for their answer. */
export const claimAsk = (context: Context, { id: reactionId }: Asking, subject: Asked): Promise<boolean> =>
  transact(context, 'reactToReport', async (tx) => {
    const { contactId, purposeKey } = subject
    const key = purposeKey ?? ''
    const known = await tx.reportAsk.findUnique({ where: { contactId_purposeKey: { contactId, purposeKey: key } } })
    if (known?.reactionId === reactionId) return true
    const points = await tx.contactPoint.findMany({ where: { contactId, kind: 'email' }, select: { value: true } })
    for (const { value } of points) {
      for (const { content } of await requestsOf(tx, context, value)) {
        const theirs = content.contactId === undefined || content.contactId === contactId
        if (theirs && content.choices.some(({ purpose }) => purpose === key)) return false
      }
    }
    const [{ asked } = { asked: false }] = await tx.$queryRaw<{ asked: boolean }[]>`
      SELECT EXISTS (SELECT FROM report_ask k WHERE k.purpose_key = ${key} AND k.asked_at > statement_timestamp() - ${peace}
        AND k.contact_id IN (${mergedInto(Prisma.sql`${contactId}::uuid`)})) AS asked`
    if (asked) return false
    const taken = await tx.$executeRaw`
      INSERT INTO report_ask AS k (contact_id, id, purpose_key, reaction_id, asked_at)
      VALUES (${contactId}::uuid, ${uuidv7()}::uuid, ${key}, ${reactionId}::uuid, statement_timestamp())
      ON CONFLICT (contact_id, purpose_key) DO UPDATE SET reaction_id = excluded.reaction_id, asked_at = excluded.asked_at
        WHERE k.asked_at <= statement_timestamp() - ${peace}`
    return taken === 1
  })

/** They could not be asked after all. */
export const releaseAsk = ({ database }: Context, { id: reactionId }: Asking, { contactId, purposeKey }: Asked) =>
  database.reportAsk.deleteMany({ where: { contactId, purposeKey: purposeKey ?? '', reactionId } })

/** Forgets whom nobody has to be kept from asking any more. */
export async function forgetOldAsks({ database }: WorkContext): Promise<void> {
  while ((await forgetSome(database)) === batch);
}

const batch = 10_000

const forgetSome = (database: WorkContext['database']) => database.$executeRaw`
  DELETE FROM report_ask k USING (
    SELECT contact_id, id FROM report_ask WHERE asked_at <= statement_timestamp() - ${peace} LIMIT ${batch}::int) old
  WHERE k.contact_id = old.contact_id AND k.id = old.id`
