import type { WorkContext } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { recordLawfulBasis, restrict } from '../lawfulness/basis/record.ts'
import type { Visit } from './access/sessions.ts'

/** What a contact was shown when they agreed. */
export type Shown = { purpose: string; noticeId: string }

/** Gives consent. Throws INVALID_INPUT with what the law has against it, FORBIDDEN where it may not be the contact who acts. */
export async function giveConsent({ context, contact, method }: Visit, { purpose, noticeId }: Shown): Promise<void> {
  // Who handed a link over must not be able to consent in the contact's place.
  if (method === 'handed_over') throw new LetheError('FORBIDDEN', 'Come with a code by mail to consent.')
  const { specialCategories } = await context.database.purpose.findUniqueOrThrow({ where: { key: purpose } })
  await recordLawfulBasis(context, {
    ...{ contactId: contact.id, purpose, ground: 'consent', noticeId },
    ...{ source: sourceOf(context), evidence: { kind: 'form', text: `self-service page, came with: ${method}` } },
    ...(specialCategories && { specialGround: 'explicit_consent' }),
  })
}

/** Takes consent back. Always done (Art. 7(3) GDPR). */
export async function withdrawConsent({ context, contact }: Visit, purpose: string): Promise<void> {
  await restrict(context, 'withdrawn', { contactId: contact.id, purpose, source: sourceOf(context) })
}

/** Objects to processing (Art. 21 GDPR). Always done. */
export async function objectTo({ context, contact }: Visit, purpose: string): Promise<void> {
  await restrict(context, 'objected', { contactId: contact.id, purpose, source: sourceOf(context) })
}

const sourceOf = ({ publicUrl }: WorkContext) => `${publicUrl}/my`
