import type { WorkContext } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { giveOwnConsent, objectToOwn, withdrawOwnConsent } from '../consent/own.ts'
import type { Visit } from './access/sessions.ts'

/** What a contact was shown when they agreed. */
export type Shown = { purpose: string; notice: { version: number; language: string } }

/** Gives consent; false where the law is against it. Throws FORBIDDEN where it may not be the contact who acts. */
export async function giveConsent({ context, contact, method }: Visit, shown: Shown): Promise<boolean> {
  // Who handed a link over must not be able to consent in the contact's place.
  if (method === 'handed_over') throw new LetheError('FORBIDDEN', 'Come with a code by mail to consent.')
  const [outcome] = await giveOwnConsent(context, contact.id, [shown], { source: sourceOf(context) })
  return outcome?.problem === undefined
}

/** Takes consent back. Always done (Art. 7(3) GDPR). */
export async function withdrawConsent({ context, contact }: Visit, purpose: string): Promise<void> {
  await withdrawOwnConsent(context, contact.id, [purpose], { source: sourceOf(context) })
}

/** Objects to processing (Art. 21 GDPR). Always done. */
export async function objectTo({ context, contact }: Visit, purpose: string): Promise<void> {
  await objectToOwn(context, contact.id, purpose, { source: sourceOf(context) })
}

const sourceOf = ({ publicUrl }: WorkContext) => `${publicUrl}/my`
