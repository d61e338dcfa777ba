import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { listIncoming, listRequests, type Summary, summarise } from '../list.ts'
import { findRequest } from '../on-request.ts'
import type { RequestTypes } from './types.ts'

/** What staff sees of requests. */
export function addQueries(builder: Builder, types: RequestTypes): void {
  const auth = { read: 'requests.requests' }
  const filter = builder.inputType('SubjectRequestFilter', {
    description: 'Which requests; what is given holds together.',
    auth,
    fields: (t) => ({
      contact: t.id({ auth: { read: 'contacts.contact' }, description: 'Of this contact.' }),
      kinds: t.field({ type: [types.kind], description: 'Of one of these rights.' }),
      statuses: t.field({ type: [types.status], description: 'That are so far.' }),
      assignee: t.id({ description: 'That are the task of this user; null: nobody’s.' }),
      due: t.field({ type: types.due, description: 'That are so urgent.' }),
    }),
  })
  const summary = builder.objectRef<Summary>('SubjectRequestSummary').implement({
    description: 'How many requests there are, of contacts that you see.',
    auth,
    fields: (t) => ({
      open: t.exposeInt('open', { nullable: false, description: 'Nobody has begun with them.' }),
      needsVerification: t.exposeInt('needsVerification', {
        nullable: false,
        description: 'The person was asked who they are.',
      }),
      inProgress: t.exposeInt('inProgress', { nullable: false, description: 'Somebody is at them.' }),
      dueSoon: t.exposeInt('dueSoon', { nullable: false, description: 'Due within a week.' }),
      overdue: t.exposeInt('overdue', { nullable: false, description: 'Not answered in time.' }),
      incoming: t.exposeInt('incoming', {
        nullable: false,
        description: 'Of which nobody knows yet whose they are; none for those who are bound to purposes.',
      }),
      answeredLate: t.exposeInt('answeredLate', {
        nullable: false,
        description: 'Answered within the last year, after they were due.',
      }),
    }),
  })
  builder.queryFields((t) => ({
    subjectRequests: t.connection(
      {
        type: types.request,
        nullable: true,
        description: 'What persons asked for; only of contacts that you see.',
        auth,
        args: {
          filter: t.arg({ type: filter, description: 'Which; without, all.' }),
          orderBy: t.arg({
            type: types.order,
            description: 'In which order; what is due first, unless said otherwise.',
          }),
        },
        resolve: (_root, { filter: given, orderBy, ...page }, context) => {
          const { contact, assignee, kinds, statuses, due } = given ?? {}
          const chosen = {
            contactId: contact ? uuidOf('Contact', contact) : undefined,
            assigneeId: typeof assignee === 'string' ? uuidOf('User', assignee) : assignee,
            ...{ kinds: kinds ?? undefined, statuses: statuses ?? undefined, due: due ?? undefined },
          }
          return listRequests(context, chosen, orderBy ?? 'due_first', page)
        },
      },
      { name: 'SubjectRequestConnection' },
      { name: 'SubjectRequestEdge' },
    ),
    subjectRequest: t.field({
      type: types.request,
      nullable: true,
      description: 'A request by its `id`; null if there is none that you see.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'The `id` of the request.' }) },
      resolve: (_root, { id }, context) => findRequest(context, id),
    }),
    subjectRequestSummary: t.field({
      type: summary,
      nullable: true,
      description: 'How many there are, and how many are due and overdue.',
      auth,
      resolve: (_root, _args, context) => summarise(context),
    }),
    incomingRequests: t.connection(
      {
        type: types.incoming,
        nullable: true,
        description:
          'Requests of which nobody knows yet whose they are, what is due first at the top. Nothing for those who are bound to purposes.',
        auth,
        args: {
          decided: t.arg.boolean({
            description: 'Also those of which that is decided; they are forgotten after 30 days.',
          }),
        },
        resolve: (_root, { decided, ...page }, context) => listIncoming(context, !decided, page),
      },
      { name: 'IncomingRequestConnection' },
      { name: 'IncomingRequestEdge' },
    ),
  }))
}
