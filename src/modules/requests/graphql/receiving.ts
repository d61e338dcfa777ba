import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { askForIdentity, verifyIdentity } from '../identity.ts'
import { denyUnmatched, matchRequest, reportRequest } from '../incoming.ts'
import { admitReport } from '../limits.ts'
import { receiveRequest } from '../steps.ts'
import type { RequestTypes } from './types.ts'

/** What comes in, whose it is, and whether it is they who ask. */
export function addReceiving(builder: Builder, types: RequestTypes): void {
  const auth = { write: 'requests.requests' }
  const input = builder.inputType('ReceiveSubjectRequestInput', {
    description: 'What a contact asks for.',
    auth,
    fields: (t) => ({
      contactId: t.id({ required: true, description: 'The contact.' }),
      kinds: t.field({
        type: [types.kind],
        required: true,
        description: 'Which rights; each becomes a request of its own, all of one case.',
      }),
      channel: t.field({ type: types.staffChannel, required: true, description: 'On which way it came.' }),
      receivedAt: t.field({
        type: 'DateTime',
        description: 'When it came: by this the time runs. Now, unless you say otherwise.',
      }),
      statement: t.string({
        description: 'What they wrote. Rectification, restriction and objection take it. At most 4000 characters.',
      }),
      verification: t.field({
        type: types.attestedMethod,
        description: 'How they proved who they are, if they did already.',
      }),
    }),
  })
  const report = builder.inputType('ReportSubjectRequestInput', {
    description:
      'What somebody asks for, and who they say they are: at least an e-mail address, a name, or other details.',
    auth: { write: 'requests.receive' },
    fields: (t) => ({
      kinds: t.field({ type: [types.kind], required: true, description: 'Which rights.' }),
      channel: t.field({ type: types.staffChannel, description: 'On which way it came. Programs leave it out.' }),
      receivedAt: t.field({
        type: 'DateTime',
        description: 'When it came to you: by this the time runs. Now, unless you say otherwise.',
      }),
      email: t.string({ description: 'Their e-mail address.' }),
      name: t.string({ description: 'Their name.' }),
      details: t.string({ description: 'Where else they can be reached, and what else helps to find them.' }),
      statement: t.string({ description: 'What they wrote. Rectification, restriction and objection take it.' }),
      language: t.string({ description: 'Of mails to them, as a BCP 47 tag: `de`, `en`.' }),
      idempotencyKey: t.string({
        description:
          'The same key with the same content is the same request, for 30 days. Programs give one; at most 200 characters.',
      }),
    }),
  })
  const reported = builder
    .objectRef<{ id: string; receivedAt: Date; dueAt: Date }>('ReportedSubjectRequest')
    .implement({
      description: 'That a request is taken down. It is the same whether or not the person is known here.',
      auth: { read: 'requests.receive' },
      fields: (t) => ({
        reference: t.exposeID('id', { nullable: false, description: 'What to refer to, in questions about it.' }),
        receivedAt: t.expose('receivedAt', { type: 'DateTime', nullable: false, description: 'When it came.' }),
        dueAt: t.expose('dueAt', {
          type: 'DateTime',
          nullable: false,
          description: 'Until when the person gets an answer.',
        }),
      }),
    })
  builder.mutationFields((t) => {
    const id = t.arg.id({ required: true, description: 'The `id` of the request.' })
    return {
      receiveSubjectRequest: t.field({
        type: [types.request],
        nullable: true,
        description:
          'Takes down what a contact asks for. Where a request for the same right is not decided yet, that is returned, and what they wrote ' +
          'is added to it. They get a receipt by mail. `INVALID_INPUT`, `NOT_FOUND`.',
        auth,
        args: { input: t.arg({ type: input, required: true, description: 'Who asks for what.' }) },
        resolve: (_root, { input: { contactId, ...asking } }, context) =>
          receiveRequest(context, { ...asking, contactId: uuidOf('Contact', contactId) }),
      }),
      reportSubjectRequest: t.field({
        type: reported,
        nullable: true,
        description:
          'Takes down what somebody asks for of whom you don’t know whether they are a contact, for staff and for partners with a secret key. ' +
          'The answer doesn’t tell that either. If exactly one contact has the address, the request becomes theirs within ten minutes; ' +
          'otherwise it waits in `incomingRequests`. `IDEMPOTENCY_KEY_REUSED` for the same key with something else.',
        auth: { write: 'requests.receive' },
        args: { input: t.arg({ type: report, required: true, description: 'Who asks for what.' }) },
        resolve: async (_root, { input: { channel, ...said } }, context) => {
          await admitReport(context)
          const by = context.actor.kind === 'client' ? 'partner' : (channel ?? 'mail')
          return reportRequest(context, { ...said, channel: by })
        },
      }),
      matchIncomingRequest: t.field({
        type: [types.request],
        nullable: true,
        description:
          'Says whose an incoming request is: it becomes one of this contact, with its day of receipt. What was said besides is forgotten. ' +
          '`CONFLICT` if that was decided already.',
        auth,
        args: { id, contactId: t.arg.id({ required: true, description: 'The contact.' }) },
        resolve: (_root, args, context) => matchRequest(context, args.id, uuidOf('Contact', args.contactId)),
      }),
      denyIncomingRequest: t.field({
        type: types.incoming,
        nullable: true,
        description:
          'Answers that nothing is held of this person, by mail if they gave an address, and forgets what they said. `CONFLICT` if it was decided already.',
        auth: { write: 'requests.decide' },
        args: { id },
        resolve: (_root, args, context) => denyUnmatched(context, args.id),
      }),
      askForIdentity: t.field({
        type: types.request,
        nullable: true,
        description:
          'Asks the person by mail to prove who they are, where there is doubt (Art. 12(6) GDPR). Until they do the time stands still; ' +
          'without an answer the request expires after a month. `CONFLICT` if they did already, or the request was decided.',
        auth,
        args: { id },
        resolve: (_root, args, context) => askForIdentity(context, args.id),
      }),
      verifyIdentity: t.field({
        type: types.request,
        nullable: true,
        description:
          'Notes how the person proved who they are, for all that they asked for together. No copy of a document is kept. `CONFLICT` for a ' +
          'request that was decided.',
        auth,
        args: { id, method: t.arg({ type: types.attestedMethod, required: true, description: 'How.' }) },
        resolve: (_root, args, context) => verifyIdentity(context, args.id, args.method),
      }),
    }
  })
}
