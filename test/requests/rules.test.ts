import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stage, startStage } from '../automation/support.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

const starting = (kind: string) => ({
  name: `Asks for ${kind}`,
  events: ['contacts.changed'],
  condition: 'contact.jobTitle == "leaver"',
  actions: [
    {
      action: 'requests.start',
      arguments: [
        { name: 'kind', value: kind },
        { name: 'statement', value: '"Left as " + contact.jobTitle' },
      ],
    },
  ],
  rights: [
    { right: 'contacts.*', read: true, write: false },
    { right: 'requests.requests', read: false, write: true },
  ],
})

test('a rule starts a request of a contact, one a right, due in a month', async () => {
  await stage.rule(starting('"erasure"'))
  const id = await stage.contact({ givenName: 'Ida', jobTitle: 'clerk' })
  const change = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { version } }'
  const { updateContact } = await stage.act(change, { input: { id, version: 1, jobTitle: 'leaver' } })
  await stage.settle()
  await stage.act(change, { input: { id, version: updateContact.version, givenName: 'Ina' } })
  await stage.settle()
  expect((await stage.runs({ outcome: 'DONE' })).length).toBe(2)
  const query = '{ subjectRequests(first: 10) { edges { node { kind channel receivedAt dueAt contact { id } } } } }'
  const { subjectRequests } = await stage.act(query)
  expect(subjectRequests.edges).toMatchObject([{ node: { kind: 'ERASURE', channel: 'RULE', contact: { id } } }])
  const [{ node }] = subjectRequests.edges
  expect(Date.parse(node.dueAt) - Date.parse(node.receivedAt)).toBeGreaterThan(27 * 24 * 3_600_000)
})

test('what is no right of a contact is refused when the rule is made', async () => {
  const create = 'mutation ($input: CreateRuleInput!) { createRule(input: $input) { id } }'
  const { codes, fields } = await stage.refused(create, { input: starting('"forgiveness"') })
  expect({ codes, fields }).toEqual({ codes: ['INVALID_INPUT'], fields: ['actions.0.arguments.kind'] })
})
