import type { Builder } from '../../../graphql/builder.ts'
import { findContact } from '../../contacts/sight.ts'

/** The GraphQL types of this module. */
export type RecipientTypes = ReturnType<typeof addRecipientTypes>

/** Adds them. */
export function addRecipientTypes(builder: Builder) {
  const auth = { read: 'recipients.notices' }
  const state = builder.enumType('RecipientNoticeState', {
    description: 'Whether a recipient was told.',
    values: {
      OPEN: { value: 'open', description: 'It is to be told: by its webhook, or by you.' },
      TOLD: { value: 'told', description: 'It was told.' },
      NOT_POSSIBLE: {
        value: 'not_possible',
        description: 'It can’t be told, or only with more effort than can be asked for (Art. 19 GDPR).',
      },
    } as const,
  })
  const notice = builder.prismaObject('RecipientNotice', {
    description:
      'That a recipient of a contact’s data has to be told that it was rectified, or its processing restricted (Art. 19 GDPR).',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Mutations want the contact’s id beside it.' }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'Whose data it is.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      kind: t.exposeString('kind', {
        nullable: false,
        description: '`rectified`; `restricted`, or `unrestricted` once that is over (Art. 18 GDPR).',
      }),
      recipient: t.exposeString('recipient', {
        nullable: false,
        description: 'A partner that read the old value or brought it, or a recipient that the register names.',
      }),
      fields: t.exposeStringList('fields', {
        nullable: false,
        description: 'What was rectified: `familyName`, `emails`, `customFields.size`, `Order.number`.',
      }),
      record: t.string({
        nullable: true,
        description:
          'The id of the order, appointment or document that these are fields of; null: of the contact itself.',
        resolve: ({ record }) => record || null,
      }),
      changedAt: t.expose('changedAt', {
        type: 'DateTime',
        nullable: false,
        description: 'When it was rectified; from when on it is restricted, or no longer.',
      }),
      state: t.field({
        type: state,
        nullable: false,
        description: 'Whether it was told.',
        resolve: ({ state: stored }) => (stored === 'told' || stored === 'not_possible' ? stored : 'open'),
      }),
      how: t.string({
        nullable: true,
        description: 'How it was told (`webhook`, or in your words), or why it is not possible.',
        resolve: ({ how }) => how || null,
      }),
      toldAt: t.expose('toldAt', { type: 'DateTime', nullable: true, description: 'When it was told.' }),
      fault: t.string({
        nullable: true,
        description: 'Why its webhook could not be told: `HTTP 500`, `NO_WEBHOOK`. Then it is for you.',
        resolve: ({ fault }) => fault || null,
      }),
    }),
  })
  return { notice, state }
}
