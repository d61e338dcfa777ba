import type { Builder } from '../../../graphql/builder.ts'
import { saidIn } from '../incoming.ts'
import { isRequestChannel, isRequestKind, known } from '../kinds.ts'
import type { Enums } from './enums.ts'

/** `IncomingRequest`. */
export function addIncoming(builder: Builder, enums: Enums) {
  const status = builder.enumType('IncomingRequestStatus', {
    description: 'What became of a request of somebody unknown.',
    values: {
      OPEN: { value: 'open', description: 'Nobody knows yet whose it is.' },
      MATCHED: { value: 'matched', description: 'It became that of a contact.' },
      DENIED: { value: 'denied', description: 'Nothing is held of this person, and they were told.' },
    } as const,
  })
  return builder.prismaObject('IncomingRequest', {
    description:
      'The request of somebody of whom it isn’t known yet whether they are a contact. What they said of themself is forgotten as soon as ' +
      'that is decided.',
    auth: { read: 'requests.requests' },
    fields: (t) => {
      const said = (part: 'name' | 'email' | 'details' | 'statement', description: string) =>
        t.string({
          nullable: true,
          description: `${description} Null once it was forgotten.`,
          resolve: (row, _args, context) => saidIn(context, row)?.[part] || null,
        })
      return {
        id: t.exposeID('id', { nullable: false }),
        kinds: t.field({
          type: [enums.kind],
          nullable: false,
          description: 'Which rights.',
          resolve: ({ kinds }) => kinds.map((kind) => known(isRequestKind, kind)),
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
          description: 'Until when it has to be answered.',
        }),
        status: t.field({
          type: status,
          nullable: false,
          description: 'What became of it.',
          resolve: ({ status: stored }) => (stored === 'matched' || stored === 'denied' ? stored : 'open'),
        }),
        decidedAt: t.expose('decidedAt', { type: 'DateTime', nullable: true, description: 'When that was decided.' }),
        name: said('name', 'Their name, as they gave it.'),
        email: said('email', 'Their e-mail address.'),
        details: said('details', 'Where else they can be reached, and what else helps to find them.'),
        statement: said('statement', 'What they wrote.'),
      }
    },
  })
}
