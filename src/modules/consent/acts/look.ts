import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Language } from '../../../http/pages/language.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import { lookAt } from '../../mails/links.ts'
import type { DeadRequest, ShownRequest } from '../../mails/pages/consent.ts'
import { siteOf } from '../requests/mail.ts'
import { findRequest } from '../requests/requests.ts'

/** Tells what the link of a mail asks, in the words that were shown; changes nothing. */
export const lookAtRequest = (
  context: WorkContext,
  token: string,
  language: Language,
): Promise<ShownRequest | DeadRequest> =>
  transact(context, 'lookAtRequest', async (tx) => {
    const link = await lookAt(tx, token, 'confirm')
    if ('dead' in link) {
      if (link.dead !== 'used') return { dead: link.dead }
      const purposes = await namesOf(tx, link.link?.purposes ?? [], language)
      return { dead: 'used', outcome: link.link?.outcome ?? null, purposes }
    }
    const request = link.requestId && (await findRequest(tx, context, { id: link.requestId }))
    if (!request) return { dead: 'expired' }
    const { choices, site, page = null } = request.content
    const named = await namesOf(
      tx,
      choices.map(({ purpose }) => purpose),
      language,
    )
    const noticeIds = choices.flatMap(({ noticeId }) => noticeId ?? [])
    const notices = await tx.notice.findMany({ where: { id: { in: noticeIds } } })
    const purposes = named.map((purpose) => {
      const noticeId = choices.find((choice) => choice.purpose === purpose.key)?.noticeId
      const notice = notices.find(({ id }) => id === noticeId)
      return {
        ...purpose,
        notice: notice ? { version: notice.version, language: notice.language, text: notice.text } : null,
      }
    })
    return { site: siteOf(context, site), page, purposes, expiresAt: request.expiresAt }
  })

async function namesOf(tx: Transaction, keys: readonly string[], language: Language) {
  const rows = await tx.purpose.findMany({ where: { key: { in: [...keys] } } })
  return keys.map((key) => {
    const row = rows.find((one) => one.key === key)
    return {
      key,
      name: textIn(textsIn(row?.names), language) || key,
      description: textIn(textsIn(row?.descriptions), language),
    }
  })
}
