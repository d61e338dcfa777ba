import type { Transaction } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import { createLink, linkUrl } from '../../mails/links.ts'
import { mailConfirmation } from '../../mails/mails.ts'
import { consentPath } from '../../mails/pages/consent.ts'
import type { Asker } from '../guard/asker.ts'
import { refusal } from '../problems.ts'
import type { Judged } from './purposes.ts'
import type { OpenRequest } from './requests.ts'

/** Mails a person the link by which they confirm a request. Throws UNAVAILABLE where no mails can be sent. */
export async function mailRequest(
  tx: Transaction,
  context: Context,
  { id: requestId, expiresAt, content }: OpenRequest,
  { asker, judged }: { asker: Asker; judged: readonly Judged[] },
): Promise<void> {
  const { email: to, language, page } = content
  const purposes = judged.map(({ key }) => key)
  const shown = judged.flatMap(({ key, notice }) =>
    notice ? [[key, { version: notice.version, language: notice.language }] as const] : [],
  )
  const notices = Object.fromEntries(shown)
  const token = await createLink(tx, { kind: 'confirm', requestId, purposes, notices, expiresAt })
  // Where it leads has to be one of the partner's own pages.
  const isKnown = page !== undefined && asker.client?.origins.includes(URL.parse(page)?.origin ?? '')
  const names = judged.map(({ key, purpose }) => textIn(textsIn(purpose?.names), language) || key)
  const asked = { site: siteOf(context, content.site), purposes: names, ...(isKnown && { page }) }
  const link = { url: linkUrl(context, consentPath, token, language), expiresAt }
  await mailConfirmation(tx, context, { to, language }, { requestId, asked, link })
}

/** Throws UNAVAILABLE where no mails can be sent. */
export function requireMail(context: Context): void {
  if (!context.mail)
    throw refusal(context, 'UNAVAILABLE', 'This server can send no mails, which asking for consent needs.')
}

/** Who asks, for the person: the partner, or this organisation. */
export const siteOf = ({ organisation, publicUrl }: WorkContext, site: string): string =>
  site || organisation?.controller?.split('\n')[0] || (URL.parse(publicUrl)?.host ?? publicUrl)
