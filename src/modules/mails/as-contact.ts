import type { Context, WorkContext } from '../../graphql/context.ts'

/** The work of a contact who shows a link or a code of theirs, whoever else the browser belongs to: nobody's rights bound it. */
export function asContact(
  { rights: _rights, partner: _partner, ...context }: Context,
  contactId: string | null,
): WorkContext {
  return { ...context, actor: { kind: 'contact', id: contactId } }
}
