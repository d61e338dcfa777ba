import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { assignRequest, denyRequest, extendRequest, fulfilRequest, liftRestriction, revokeRequest } from '../decide.ts'
import { recordReply, writeToPerson } from '../messages.ts'
import type { RequestTypes } from './types.ts'

/** What becomes of requests, and what is written about them. */
export function addDecisions(builder: Builder, types: RequestTypes): void {
  const request = { type: types.request, nullable: true } as const
  const decide = { write: 'requests.decide' }
  const correspond = { write: 'requests.correspondence' }
  builder.mutationFields((t) => {
    const id = t.arg.id({ required: true, description: 'The `id` of the request.' })
    const reason = t.arg.string({
      required: true,
      description: 'Why, in words for the person. At most 4000 characters.',
    })
    return {
      assignSubjectRequest: t.field({
        ...request,
        description:
          'Makes a request the task of a user, who is reminded of it from now on; of nobody, without. `CONFLICT` if it was decided.',
        auth: { write: 'requests.requests' },
        args: { id, user: t.arg.id({ description: 'The user; null: nobody.' }) },
        resolve: (_root, { id: its, user }, context) => assignRequest(context, its, user ? uuidOf('User', user) : null),
      }),
      extendSubjectRequest: t.field({
        ...request,
        description:
          'Gives a request two further months, once, where it is complex or there are many (Art. 12(3) GDPR). The person is told why. ' +
          '`CONFLICT` after the first month.',
        auth: decide,
        args: { id, reason },
        resolve: (_root, args, context) => extendRequest(context, args.id, args.reason),
      }),
      fulfilSubjectRequest: t.field({
        ...request,
        description:
          'Notes that a request is done, and tells the person. Access and portability are done once a package was delivered; rectification ' +
          'once something was corrected, or you say what was done elsewhere; an objection ' +
          'ends the purposes that you name; a restriction is in force from now on. `CONFLICT` while something is missing, or nobody knows ' +
          'who asks.',
        auth: decide,
        args: {
          id,
          partly: t.arg.boolean({ description: 'In part alone: then say why, and which article allows it.' }),
          article: t.arg.string({ description: 'The article that this rests on: `Art. 17(3)(b) GDPR`.' }),
          reason: t.arg.string({ description: 'What was done, or why not all of it, in words for the person.' }),
          purposes: t.arg.stringList({
            auth: { write: 'lawfulness.basis' },
            description: 'Of an objection: the keys of the purposes that it ends.',
          }),
        },
        resolve: (_root, { id: its, ...done }, context) => fulfilRequest(context, its, done),
      }),
      denySubjectRequest: t.field({
        ...request,
        description:
          'Refuses a request. The person is told by which article and why, and that they can complain and go to court (Art. 12(4) GDPR).',
        auth: decide,
        args: {
          id,
          because: t.arg({ type: types.denial, required: true, description: 'Why, for the statistics.' }),
          article: t.arg.string({ required: true, description: 'The article that it rests on: `Art. 17(3)(b) GDPR`.' }),
          reason,
        },
        resolve: (_root, args, context) =>
          denyRequest(context, args.id, { denial: args.because, article: args.article, reason: args.reason }),
      }),
      revokeSubjectRequest: t.field({
        ...request,
        description: 'Notes that the person took a request back. `CONFLICT` if it was decided.',
        auth: decide,
        args: { id },
        resolve: (_root, args, context) => revokeRequest(context, args.id),
      }),
      liftRestriction: t.field({
        ...request,
        description:
          'Lifts a restriction that was granted. The person is told now, and so before it ends (Art. 18(3) GDPR). `CONFLICT` if none is in ' +
          'force, or its end is set already.',
        auth: decide,
        args: {
          id,
          reason,
          from: t.arg({
            type: 'DateTime',
            description: 'From when on; in three days, unless you say otherwise: now, say, as you spoke to the person.',
          }),
        },
        resolve: (_root, args, context) => liftRestriction(context, args.id, args),
      }),
      writeToPerson: t.field({
        type: types.message,
        nullable: true,
        description:
          'Writes to the person about a request: by mail, or, where that doesn’t reach them, as a letter that you send. Without secrets: a mail ' +
          'is read by others, too.',
        auth: correspond,
        args: { id, text: t.arg.string({ required: true, description: 'What; at most 20000 characters.' }) },
        resolve: (_root, args, context) => writeToPerson(context, args.id, args.text),
      }),
      recordReply: t.field({
        type: types.message,
        nullable: true,
        description: 'Takes down what the person wrote or said about a request.',
        auth: correspond,
        args: {
          id,
          text: t.arg.string({ required: true, description: 'Their words; at most 20000 characters.' }),
          channel: t.arg({ type: types.staffChannel, required: true, description: 'On which way.' }),
          writtenAt: t.arg({ type: 'DateTime', description: 'When; now, unless you say otherwise.' }),
        },
        resolve: (_root, { id: its, ...reply }, context) => recordReply(context, its, reply),
      }),
    }
  })
}
