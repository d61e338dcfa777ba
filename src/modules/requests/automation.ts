import type { JsonObject } from '../../database/json.ts'
import { type Fault, invalidInput } from '../../graphql/errors.ts'
import type { ActionDeclaration, EventDeclaration } from '../automation/contract.ts'
import { isRequestKind, requestKinds } from './kinds.ts'
import { receiveRequest } from './steps.ts'

// What rules hear of requests, and what they can do.

const about = (description: string, action: 'created' | 'updated'): EventDeclaration => ({
  description,
  right: 'requests.requests',
  entries: [{ entity: 'SubjectRequest', action }],
  data: action === 'created' ? { kind: 'string', channel: 'string', receivedAt: 'timestamp', dueAt: 'timestamp' } : {},
})

export const requestEvents: Readonly<Record<string, EventDeclaration>> = {
  'requests.received': {
    ...about('The contact makes use of a right.', 'created'),
    // One that came along in a merge was received before.
    where: ({ changes }) => !changes['movedFrom'],
  },
  'requests.dueSoon': {
    ...about('A request is due within a week.', 'updated'),
    where: ({ changes }) => changes['remindedAt']?.new !== undefined && changes['remindedAt'].new !== null,
  },
  'requests.overdue': {
    ...about('A request was not answered in time.', 'updated'),
    where: ({ changes }) => changes['overdueAt']?.new !== undefined && changes['overdueAt'].new !== null,
  },
  'requests.decided': {
    ...about('A request was fulfilled or denied, taken back, or closed.', 'updated'),
    where: ({ changes }) => changes['decidedAt'] !== undefined,
    data: { status: 'string' },
  },
}

const kindText = `One of ${requestKinds.join(', ')}.`

const unknownKind: Fault = { field: 'kind', message: kindText }

export const requestActions: Readonly<Record<string, ActionDeclaration>> = {
  'requests.start': {
    description:
      'Starts a request of the contact, as if they had asked for it; where one for the same right is not decided yet, that stays ' +
      'the only one. It is due one month from now (Art. 12(3) GDPR).',
    parameters: {
      kind: { type: 'string', description: kindText },
      statement: {
        type: 'string',
        description: 'What it is about. Rectification, restriction and objection take it.',
        optional: true,
      },
    },
    writes: () => ['requests.requests'],
    check: ({ kind }: JsonObject) => (kind === undefined || isRequestKind(String(kind)) ? [] : [unknownKind]),
    async run({ context, contactId }, { kind, statement }) {
      const chosen = String(kind)
      if (!isRequestKind(chosen)) throw invalidInput([unknownKind])
      await receiveRequest(context, { contactId, kinds: [chosen], statement: String(statement ?? ''), channel: 'rule' })
    },
  },
}
