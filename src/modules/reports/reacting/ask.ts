import type { ReportReaction } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { giveConsent } from '../../consent/acts/give.ts'
import { claimAsk, releaseAsk } from './asked.ts'
import type { SkipReason } from './kinds.ts'
import type { Subject } from './subjects.ts'

/**
 * Asks a person by mail to consent (once more), with the newest text of the purpose, in their language if there is one. Nobody is asked
 * twice, whatever dies, nor by another reaction soon after. Returns why they can't be asked; null: they are.
 */
export async function askAgain(
  context: Context,
  reaction: Pick<ReportReaction, 'id'>,
  subject: Subject,
): Promise<SkipReason | null> {
  if (!(await claimAsk(context, reaction, subject))) return 'asked_already'
  const reason = await ask(context, reaction, subject)
  if (reason !== null) await releaseAsk(context, reaction, subject)
  return reason
}

async function ask(
  context: Context,
  { id }: Pick<ReportReaction, 'id'>,
  { contactId, purposeKey }: Subject,
): Promise<SkipReason | null> {
  const purpose = purposeKey ?? ''
  const { database } = context
  const contact = await database.contact.findUnique({ where: { id: contactId }, select: { language: true } })
  const spoken = contact?.language.startsWith('de') ? 'de' : 'en'
  const notice = await newestNotice(context, purpose, spoken)
  try {
    const { outcomes } = await giveConsent(context, {
      idempotencyKey: `report-reaction ${id} ${contactId} ${purpose}`,
      person: { contactId },
      purposes: [{ purpose, ...(notice && { notice }) }],
      fields: [],
      language: spoken,
    })
    return outcomes[0]?.state === 'pending_confirmation' ? null : 'refused'
  } catch (error) {
    if (error instanceof LetheError && error.code === 'NOT_FOUND') return 'gone'
    if (error instanceof LetheError && error.code === 'INVALID_INPUT') return 'no_address'
    throw error
  }
}

async function newestNotice({ database }: Context, key: string, spoken: string) {
  const purpose = await database.purpose.findUnique({ where: { key }, select: { noticeVersion: true } })
  if (!purpose?.noticeVersion) return undefined
  const texts = await database.notice.findMany({
    where: { purposeKey: key, version: purpose.noticeVersion },
    select: { version: true, language: true },
    orderBy: { language: 'asc' },
  })
  return (
    texts.find(({ language }) => language.startsWith(spoken)) ??
    texts.find(({ language }) => language === 'en') ??
    texts[0]
  )
}
