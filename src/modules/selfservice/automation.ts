import type { JsonObject } from '../../database/json.ts'
import { type Fault, invalidInput } from '../../graphql/errors.ts'
import type { ActionDeclaration } from '../automation/contract.ts'
import { askFor, isRequestKind, requestKinds } from './requests.ts'

// What rules can do for contacts who make use of a right.

const kindText = `One of ${requestKinds.join(', ')}.`

const unknownKind: Fault = { field: 'kind', message: kindText }

export const requestActions: Readonly<Record<string, ActionDeclaration>> = {
  'selfservice.startRequest': {
    description:
      'Starts a request of the contact, as if they had asked for it on their page; where one for the same right is open, that stays ' +
      'the only one. It is due one month from now (Art. 12(3) GDPR).',
    parameters: {
      kind: { type: 'string', description: kindText },
      statement: {
        type: 'string',
        description: 'What it is about. Rectification and restriction take it.',
        optional: true,
      },
    },
    writes: () => ['selfservice.requests'],
    check: ({ kind }: JsonObject) => (kind === undefined || isRequestKind(String(kind)) ? [] : [unknownKind]),
    async run({ context, contactId }, { kind, statement }) {
      const chosen = String(kind)
      if (!isRequestKind(chosen)) throw invalidInput([unknownKind])
      await askFor(context, contactId, { kind: chosen, statement: String(statement ?? ''), channel: 'rule' })
    },
  },
}
