import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { renameFormer } from '../../src/modules/requests/former-names.ts'
import { watchRequests } from '../../src/modules/requests/watch.ts'
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

test('rules hear that a request came, and what was decided', async () => {
  const tags = async (id: string) =>
    (await stage.act('query ($id: ID!) { contact(id: $id) { tags } }', { id })).contact.tags
  const tagging = (event: string, condition: string, tag: string) => ({
    ...{ name: tag, events: [event], condition },
    actions: [{ action: 'contacts.addTag', arguments: [{ name: 'tag', value: `"${tag}"` }] }],
    rights: [
      { right: 'contacts.*', read: true, write: true },
      { right: 'requests.requests', read: true, write: false },
    ],
  })
  await stage.rule(tagging('requests.received', 'event.data.kind == "portability"', 'asked'))
  await stage.rule(tagging('requests.decided', 'event.data.status == "revoked"', 'revoked'))
  await stage.rule(tagging('requests.overdue', 'true', 'late'))
  const id = await stage.contact({ givenName: 'Ida' })
  const receive = `mutation ($id: ID!, $kind: SubjectRequestKind!, $at: DateTime) {
    receiveSubjectRequest(input: { contactId: $id, kinds: [$kind], channel: PHONE, receivedAt: $at }) { id } }`
  await stage.act(receive, { id, kind: 'ACCESS', at: new Date(Date.now() - 60 * 24 * 3_600_000).toISOString() })
  await stage.settle()
  expect(await tags(id)).toEqual([])
  const { receiveSubjectRequest } = await stage.act(receive, { id, kind: 'PORTABILITY' })
  await stage.settle()
  expect(await tags(id)).toEqual(['asked'])
  await stage.act('mutation ($id: ID!) { revokeSubjectRequest(id: $id) { id } }', { id: receiveSubjectRequest[0].id })
  await stage.settle()
  await watchRequests({ ...stage.engine.work, requestId: randomUUID(), mail: false })
  await stage.settle()
  expect(await tags(id)).toEqual(['asked', 'revoked', 'late'])
})

test('what was granted under the name of a former version goes on, in the log, too', async () => {
  const { work } = stage.app
  const context = { ...work, requestId: randomUUID() }
  const { id: roleId } = await stage.app.database.role.findUniqueOrThrow({ where: { key: 'editor' } })
  const rule = await stage.app.database.automationRule.findFirstOrThrow({ where: { name: 'Asks for "erasure"' } })
  const former = (value: unknown) =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll('requests.start', 'selfservice.startRequest')
        .replaceAll('requests.requests', 'selfservice.requests'),
    )
  await transact(context, 'test', async (tx) => {
    await tx.grant.create({ data: { roleId, right: 'selfservice.requests', read: true, write: false } })
    const data = { actions: former(rule.actions), rights: former(rule.rights) }
    await tx.automationRule.update({ where: { id: rule.id }, data })
  })
  for (let time = 0; time < 2; time++) await transact(context, 'bootstrap', renameFormer)
  const grants = await stage.app.database.grant.findMany({ where: { roleId, right: { endsWith: '.requests' } } })
  expect(grants).toEqual([{ roleId, right: 'requests.requests', read: true, write: false }])
  const { version, ...after } = await stage.app.database.automationRule.findUniqueOrThrow({ where: { id: rule.id } })
  expect(after).toMatchObject({ actions: rule.actions, rights: rule.rights })
  expect(version).toBe(rule.version + 1)
  const entries = await stage.app.database.systemAuditEntry.count({
    where: { operation: 'bootstrap', entityId: rule.id },
  })
  expect(entries).toBe(1)
})
