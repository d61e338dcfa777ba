import type { SubjectRequest } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { ContactKey } from '../../../keys/keys.ts'
import { addActor } from '../../audit/actor-types.ts'
import { findContact } from '../../contacts/sight.ts'
import {
  isDenial,
  isRequestChannel,
  isRequestKind,
  isRequestStatus,
  isVerificationMethod,
  known,
  methods,
} from '../kinds.ts'
import { caseOf } from '../mails.ts'
import { decisionReasonOf, extensionReasonOf, statementOf } from '../seal.ts'
import { addEnums, type Enums } from './enums.ts'
import { addIncoming } from './incoming-type.ts'
import { messagesOf } from './loaders.ts'
import { addMessage } from './message-type.ts'
import { openerFor } from './opener.ts'

/** The GraphQL types of this module. */
export type RequestTypes = ReturnType<typeof addTypes>

/** Adds them. */
export function addTypes(builder: Builder) {
  const enums = addEnums(builder)
  const message = addMessage(builder)
  return { ...enums, message, request: addRequest(builder, enums, message), incoming: addIncoming(builder, enums) }
}

function addRequest(builder: Builder, enums: Enums, message: ReturnType<typeof addMessage>) {
  const { actor } = addActor(builder)
  const user = (id: string | null) => (id ? { kind: 'user' as const, id } : null)
  return builder.prismaObject('SubjectRequest', {
    description:
      'One right that a contact makes use of (Art. 15 to 22 GDPR), from receipt to decision. It is answered without undue delay, at the ' +
      'latest when it is due.',
    auth: { read: 'requests.requests' },
    about: ({ contactId }) => contactId,
    fields: (t) => {
      const moment = (name: DateName, description: string) =>
        t.expose(name, { type: 'DateTime', nullable: true, description })
      // Sealed under the contact's key: that it was looked at is logged.
      const text = (
        description: string,
        column: Column,
        open: (key: ContactKey, row: SubjectRequest) => string | null,
      ) =>
        t.string({
          nullable: true,
          description,
          readLog: (row) => (row[column] ? { contactId: row.contactId, entityId: row.id } : undefined),
          resolve: async (row, _args, context) => {
            const key = row[column] ? await openerFor(context, row) : undefined
            return key ? open(key, row) : null
          },
        })
      return {
        id: t.exposeID('id', { nullable: false }),
        case: t.id({
          nullable: false,
          description: 'What was asked for together has the same.',
          resolve: (row) => caseOf(row),
        }),
        contact: t.prismaField({
          type: 'Contact',
          nullable: true,
          auth: { read: 'contacts.contact' },
          description: 'Whose it is.',
          resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
        }),
        kind: t.field({
          type: enums.kind,
          nullable: false,
          description: 'Which right.',
          resolve: ({ kind }) => known(isRequestKind, kind),
        }),
        status: t.field({
          type: enums.status,
          nullable: false,
          description: 'How far it is.',
          resolve: ({ status }) => known(isRequestStatus, status),
        }),
        channel: t.field({
          type: enums.channel,
          nullable: false,
          description: 'On which way it came.',
          resolve: ({ channel }) => known(isRequestChannel, channel),
        }),
        receivedAt: t.expose('receivedAt', { type: 'DateTime', nullable: false, description: 'When it came.' }),
        dueAt: t.expose('dueAt', {
          type: 'DateTime',
          nullable: false,
          description:
            'The end of the last day for an answer: one month after receipt, three if it was extended, and on to the next working day ' +
            '(Art. 12(3) GDPR, Regulation 1182/71). While the person is asked who they are the time stands still, and is added afterwards.',
        }),
        assignee: t.field({
          type: actor,
          nullable: true,
          description: 'The user whose task it is.',
          resolve: ({ assigneeId }) => user(assigneeId),
        }),
        statement: text(
          'What the person wrote when they asked. It is sealed under their key.',
          'statement',
          statementOf,
        ),
        verificationMethod: t.field({
          type: enums.method,
          nullable: true,
          description: 'How the person proved who they are; null as long as they did not.',
          resolve: ({ verificationMethod }) =>
            verificationMethod === null ? null : known(isVerificationMethod, verificationMethod),
        }),
        verificationLevel: t.field({
          type: enums.level,
          nullable: true,
          description: 'How sure that makes us.',
          resolve: ({ verificationMethod: method }) =>
            method === null ? null : methods[known(isVerificationMethod, method)].level,
        }),
        verifiedAt: moment('verifiedAt', 'When they did.'),
        verifier: t.field({
          type: actor,
          nullable: true,
          description: 'The user who looked at it; null where the product did.',
          resolve: ({ verifierId }) => user(verifierId),
        }),
        verificationAskedAt: moment('verificationAskedAt', 'When they were asked for it.'),
        verificationDueAt: moment('verificationDueAt', 'Until when they can answer; then the request expires.'),
        pausedDays: t.int({
          nullable: false,
          description: 'Days for which the time stood still.',
          resolve: ({ pausedDays }) => pausedDays ?? 0,
        }),
        extendedAt: moment('extendedAt', 'When the person was told that it takes two months longer.'),
        extensionReason: text('Why it takes longer.', 'extensionReason', extensionReasonOf),
        producedAt: moment('producedAt', 'When a package was made that answers it.'),
        deliveredAt: moment('deliveredAt', 'When the person got that.'),
        delivery: t.exposeString('delivery', { nullable: true, description: 'On which way.' }),
        decidedAt: moment('decidedAt', 'When it was fulfilled, denied, taken back, or closed.'),
        decider: t.field({
          type: actor,
          nullable: true,
          description: 'The user who decided.',
          resolve: ({ deciderId }) => user(deciderId),
        }),
        partly: t.boolean({
          nullable: false,
          description: 'It was fulfilled in part alone: `article` and `reason` say why.',
          resolve: ({ partly }) => partly ?? false,
        }),
        denial: t.field({
          type: enums.denial,
          nullable: true,
          description: 'Why it was denied.',
          resolve: ({ denial }) => (denial === null ? null : known(isDenial, denial)),
        }),
        article: t.exposeString('article', { nullable: true, description: 'The article that this rests on.' }),
        reason: text('Why it was decided so, as the person was told.', 'decisionReason', decisionReasonOf),
        liftedAt: moment('liftedAt', 'When the restriction ends, or ended, that had been granted.'),
        remindedAt: moment('remindedAt', 'When whoever has to answer was told that it is due soon.'),
        overdueAt: moment('overdueAt', 'When they were told that it is overdue.'),
        messages: t.field({
          type: [message],
          nullable: true,
          auth: { read: 'requests.correspondence' },
          description:
            'What was written to the person about all that they asked for together, and by them; the oldest first.',
          resolve: (row, _args, context) => messagesOf(context, row),
        }),
      }
    },
  })
}

type Column = 'statement' | 'extensionReason' | 'decisionReason'

type DateName =
  | 'verifiedAt'
  | 'verificationAskedAt'
  | 'verificationDueAt'
  | 'extendedAt'
  | 'producedAt'
  | 'deliveredAt'
  | 'decidedAt'
  | 'liftedAt'
  | 'remindedAt'
  | 'overdueAt'
