import { Prisma } from '#prisma/client.ts'
import { hasBasis, seenContacts } from '../../contacts/sight.ts'
import { contactColumns } from './contact-columns.ts'
import type { SqlSource } from './source.ts'

/** Contacts, as the list of them has them: the merged ones are in none. */
export const contactSource: SqlSource = {
  key: 'contacts',
  kind: 'sql',
  name: { de: 'Kontakte', en: 'Contacts' },
  description: { de: 'Eine Zeile je Kontakt, mit allen Feldern.', en: 'One row for each contact, with all fields.' },
  rights: ['contacts.contact'],
  about: 'contacts',
  filtered: true,
  parameters: [
    {
      key: 'lawfulFor',
      name: {
        de: 'Nur wer für diesen Zweck verarbeitet werden darf',
        en: 'Only those who may be processed for this purpose',
      },
      type: 'purpose',
      right: 'lawfulness.basis',
      default: null,
    },
    {
      key: 'withoutBasis',
      name: { de: 'Nur ohne jede Rechtsgrundlage', en: 'Only without any ground' },
      type: 'boolean',
      right: 'lawfulness.basis',
      default: null,
    },
  ],
  usual: ['displayName', 'organisation', 'email', 'createdAt'],
  columns: contactColumns,
  select: ({ context, parameters: { lawfulFor, withoutBasis } }) => ({
    from: Prisma.sql`${seenContacts(context)} c`,
    conditions: [
      Prisma.sql`c.merged_into_id IS NULL`,
      ...(lawfulFor === undefined ? [] : [hasBasis(context, [String(lawfulFor)])]),
      ...(withoutBasis === true ? [Prisma.sql`NOT ${hasBasis(context, 'any')}`] : []),
    ],
    identity: [{ name: 'id', expression: Prisma.sql`c.contact_id`, type: 'uuid', descending: false }],
    order: [],
    contactId: Prisma.sql`c.contact_id`,
  }),
}
