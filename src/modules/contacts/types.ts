import type { Builder } from '../../graphql/builder.ts'
import { noteUnseen } from '../../graphql/denials/tally.ts'
import { forbiddenRead, unauthenticated } from '../../graphql/errors.ts'
import { reads } from '../../graphql/execute/selected.ts'
import { uuidOrNobody } from '../../graphql/ids.ts'
import { whenThere } from '../../maybe-promise.ts'
import { alongWith } from './along.ts'
import type { PointKind } from './draft.ts'
import { type ContactFieldName, contactFields, type FieldsOfType } from './fields.ts'
import { addPointTypes } from './point-types.ts'
import { contactPoints, pointKinds } from './points.ts'
import { findContact, isBound, sees } from './sight.ts'

/** The reference by which other parts of the module name the type Contact. */
export type ContactRef = ReturnType<typeof addContactType>

/** Contact, as GraphQL shows it. Empty text is null. */
export function addContactType(builder: Builder) {
  const points = addPointTypes(builder)
  const rights = (name: ContactFieldName) => ({ read: contactFields[name].right, write: contactFields[name].right })

  return builder.prismaNode('Contact', {
    description: 'A person or organisation whose data is kept: the data subject.',
    auth: { read: 'contacts.contact' },
    id: { field: 'id' },
    nullable: true,
    // Asked before anything is loaded, so that a denial doesn't tell whether the contact exists.
    findUnique: (id, context) => {
      if (!context.rights.canRead('contacts.contact')) {
        throw context.actor.kind === 'anonymous' ? unauthenticated() : forbiddenRead('contacts.contact')
      }
      const where = { id: uuidOrNobody(id) }
      if (!isBound(context)) return where
      return sees(context, where.id).then((seen) => {
        if (!seen) noteUnseen(context, 'node', where.id)
        return seen ? where : { id: uuidOrNobody('') }
      })
    },
    fields: (t) => {
      const text = (name: FieldsOfType<'text'>, description: string) =>
        t.string({
          auth: rights(name),
          nullable: true,
          description,
          extensions: reads(name),
          resolve: (contact) => contact[name] || null,
        })
      const list = (kind: PointKind) =>
        t.field({
          type: [points[kind]],
          auth: { read: pointKinds[kind].right, write: pointKinds[kind].right },
          nullable: true,
          description: 'The primary one first.',
          extensions: { ...alongWith(contactPoints), ...reads() },
          resolve: (contact, _args, context) =>
            whenThere(contactPoints.of(context, contact), (all) => all.filter((point) => point.kind === kind)),
        })
      return {
        title: text('title', 'Academic or other title: `Dr.`'),
        givenName: text('givenName', 'Given name, first name.'),
        familyName: text('familyName', 'Family name, last name.'),
        displayName: t.string({
          auth: rights('displayName'),
          nullable: true,
          description:
            'What to call the contact in lists: made from the other names, unless set. An organisation without a person goes ' +
            'by its own name, for those who may read that.',
          extensions: reads('displayName', 'organisation'),
          resolve: ({ displayName, organisation }, _args, { rights: held }) =>
            displayName || (held.canRead(contactFields.organisation.right) && organisation) || null,
        }),
        organisation: text('organisation', 'The organisation that the contact belongs to, or is.'),
        jobTitle: text('jobTitle', 'What the contact does there.'),
        birthDate: t.expose('birthDate', {
          type: 'Date',
          auth: rights('birthDate'),
          nullable: true,
          description: 'Date of birth.',
        }),
        language: text('language', 'Preferred language, BCP 47: `de`, `en-GB`.'),
        timeZone: text('timeZone', 'IANA name: `Europe/Berlin`.'),
        tags: t.exposeStringList('tags', {
          auth: rights('tags'),
          nullable: true,
          description: 'Words to sort contacts by.',
        }),
        source: text('source', 'Where the data came from (Art. 14(2)(f) GDPR).'),
        sourceAt: t.expose('sourceAt', {
          type: 'DateTime',
          auth: rights('sourceAt'),
          nullable: true,
          description: 'When the data was obtained there.',
        }),
        emails: list('email'),
        phones: list('phone'),
        addresses: list('address'),
        websites: list('website'),
        messengers: list('messenger'),
        version: t.exposeInt('version', {
          nullable: false,
          description:
            'Counts the changes. `updateContact` wants the version that you read, so that no change is lost.',
        }),
        createdAt: t.expose('createdAt', {
          type: 'DateTime',
          nullable: false,
          description: 'When the contact was entered here.',
        }),
        updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false, description: 'When it last changed.' }),
        mergedInto: t.prismaField({
          type: 'Contact',
          nullable: true,
          description: 'The contact that this one was merged into. A merged contact is in no list.',
          extensions: reads('mergedIntoId'),
          resolve: (query, { mergedIntoId }, _args, context) =>
            mergedIntoId ? findContact(context, query, mergedIntoId) : null,
        }),
      }
    },
  })
}
