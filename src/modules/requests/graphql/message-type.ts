import type { SubjectMessage } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { addActor } from '../../audit/actor-types.ts'
import { messageText } from '../seal.ts'
import { openerFor } from './opener.ts'

/** `SubjectMessage`. */
export function addMessage(builder: Builder) {
  const kind = builder.enumType('SubjectMessageKind', {
    description: 'What a message about requests is.',
    values: {
      RECEIPT: { value: 'receipt', description: 'That a request has come.' },
      VERIFICATION: { value: 'verification', description: 'The question who they are.' },
      EXTENSION: { value: 'extension', description: 'That it takes longer.' },
      DECISION: { value: 'decision', description: 'What was decided.' },
      RESTRICTION: { value: 'restriction', description: 'That a restriction is lifted.' },
      MESSAGE: { value: 'message', description: 'What somebody wrote to the person.' },
      REPLY: { value: 'reply', description: 'What the person wrote or said.' },
    } as const,
  })
  const { actor } = addActor(builder)
  return builder.objectRef<SubjectMessage>('SubjectMessage').implement({
    description: 'What was written to a person about their requests, or by them.',
    auth: { read: 'requests.correspondence' },
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      case: t.exposeID('caseId', { nullable: false, description: 'Which requests it is about.' }),
      kind: t.field({ type: kind, nullable: false, description: 'What it is.', resolve: (row) => messageKind(row) }),
      channel: t.string({
        nullable: false,
        description:
          'On which way it went or came: `mail`, `letter`, `phone`, `in_person`, `page`. One of ours with `letter` reached nobody by ' +
          'mail: it has to be sent by hand.',
        resolve: ({ channel }) => channel,
      }),
      writtenAt: t.expose('writtenAt', { type: 'DateTime', nullable: false, description: 'When.' }),
      author: t.field({
        type: actor,
        nullable: true,
        description: 'The user who wrote it or took it down; null where the product or the person did.',
        resolve: ({ authorId }) => (authorId ? { kind: 'user' as const, id: authorId } : null),
      }),
      text: t.string({
        nullable: true,
        description: 'What it says. It is sealed under the key of the contact.',
        readLog: ({ contactId, id }) => ({ contactId, entityId: id }),
        resolve: async (row, _args, context) => {
          const key = await openerFor(context, row)
          return key ? messageText(key, row) : null
        },
      }),
    }),
  })
}

const messageKinds = ['receipt', 'verification', 'extension', 'decision', 'restriction', 'message', 'reply'] as const

function messageKind({ kind }: SubjectMessage) {
  const found = messageKinds.find((one) => one === kind)
  if (!found) throw new Error(`${kind} is stored, and nobody knows it`)
  return found
}
