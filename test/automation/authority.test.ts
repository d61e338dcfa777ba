import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import type { GrantedRight } from '../../src/graphql/auth/rights.ts'
import { signBearer } from '../../src/modules/identity/sign-in/bearer.ts'
import { hashPassword } from '../../src/modules/identity/sign-in/password.ts'
import { startSession } from '../../src/modules/identity/sign-in/sessions.ts'
import { createSecrets, installationSecret } from '../../src/secrets.ts'
import { pastTheGuards } from '../support/database.ts'
import { action, both, create, type Stage, startStage } from './support.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
  await stage.act(`mutation { createRetentionClass(input: {
    key: "care", names: [{ language: "en", text: "Care" }], period: "P6Y", start: END_OF_CONTRACT, action: ERASE }) { key } }`)
  await stage.act(`mutation { createPurpose(input: {
    key: "care", names: [{ language: "en", text: "Care" }], descriptions: [{ language: "en", text: "To care" }],
    grounds: [CONTRACT], retentionClass: "care" }) { key } }`)
})
afterAll(() => stage.close())

/** A user with a role of their own, and their token. */
async function somebody(grants: readonly GrantedRight[], purposes: string[] = []) {
  const [id, roleId] = [uuidv7(), uuidv7()]
  const work = { ...stage.app.work, requestId: randomUUID() }
  const passwordHash = await hashPassword('nine lives of a matrix')
  const session = await transact(work, 'test', async (tx) => {
    await tx.user.create({ data: { id, email: `${id}@example.org`, name: 'Somebody', passwordHash } })
    await tx.role.create({ data: { id: roleId, key: `role-${roleId}`, name: 'Role', purposes } })
    await tx.grant.createMany({ data: grants.map((grant) => ({ roleId, ...grant })) })
    await tx.roleAssignment.create({ data: { userId: id, roleId } })
    return startSession(tx, { userId: id, address: '192.0.2.7', userAgent: '', methods: ['password'] }, 3_600_000)
  })
  const key = createSecrets(await installationSecret(stage.app.config)).signingKey('session')
  return { id, roleId, token: await signBearer(key, { userId: id, sessionId: session.id }, session.expiresAt) }
}

const rules = both('automation.rules')
let count = 0
const tagging = (tag: string, rights: readonly GrantedRight[], rest: object = {}) => ({
  name: `Tags ${tag} ${count++}`,
  events: ['contacts.created'],
  actions: [action('contacts.addTag', { tag: JSON.stringify(tag) })],
  rights,
  ...rest,
})
const tagsOf = async (id: string): Promise<string[]> =>
  (await stage.act('query ($id: ID!) { contact(id: $id) { tags } }', { id })).contact.tags
const outcomes = async (rule: string) =>
  (await stage.runs({ rule })).map(({ outcome, faultCode }) => ({ outcome, faultCode }))

describe('a rule may do at most what its owner may', () => {
  test('so nobody makes or enables one that may do more than they', async () => {
    const { token } = await somebody([rules, both('contacts.contact')])
    const input = tagging('more', [both('contacts.contact'), both('contacts.tags')])
    expect(await stage.refused(create, { input }, token)).toMatchObject({ codes: ['FORBIDDEN'] })
    const { createRule } = await stage.act(create, { input })
    const enable = 'mutation ($id: ID!) { enableRule(id: $id) { id } }'
    expect(await stage.refused(enable, { id: createRule.id }, token)).toMatchObject({ codes: ['FORBIDDEN'] })
    const update = 'mutation ($input: UpdateRuleInput!) { updateRule(input: $input) { id } }'
    const changes = { id: createRule.id, version: 1, description: 'mine now' }
    expect(await stage.refused(update, { input: changes }, token)).toMatchObject({ codes: ['FORBIDDEN'] })
  })

  test('and one whose owner lost a right fails visibly, and does it when that is mended and somebody says so', async () => {
    const { roleId, token } = await somebody([rules, both('contacts.contact'), both('contacts.tags')])
    const id = await stage.rule(tagging('lost', [both('contacts.contact'), both('contacts.tags')]), token)
    const revoke =
      'mutation ($r: ID!, $n: String!) { revokeRight(role: $r, right: $n, read: true, write: true) { id } }'
    const role = Buffer.from(`Role:${roleId}`).toString('base64')
    await stage.act(revoke, { r: role, n: 'contacts.tags' })
    const contact = await stage.contact({ givenName: 'Ada' })
    await stage.settle()
    expect(await tagsOf(contact)).toEqual([])
    const [run] = await stage.runs({ rule: id })
    expect(run).toMatchObject({
      outcome: 'FAILED',
      faultCode: 'FORBIDDEN',
      fault: expect.stringContaining('contacts.tags'),
    })

    const grant = 'mutation ($r: ID!, $n: String!) { grantRight(role: $r, right: $n, read: true, write: true) { id } }'
    await stage.act(grant, { r: role, n: 'contacts.tags' })
    const retry = 'mutation ($id: ID!) { retryRuleRun(id: $id) { outcome } }'
    expect(await stage.act(retry, { id: run?.id })).toEqual({ retryRuleRun: { outcome: 'WAITING' } })
    await stage.settle()
    expect(await tagsOf(contact)).toEqual(['lost'])
    expect(await outcomes(id)).toEqual([{ outcome: 'DONE', faultCode: null }])
    expect(await stage.refused(retry, { id: run?.id })).toMatchObject({ codes: ['INVALID_INPUT'] })
    await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id })
  })

  test('and one whose owner was disabled fails, until somebody else answers for it', async () => {
    const { id: owner, token } = await somebody([rules, both('contacts.*')])
    const id = await stage.rule(tagging('orphan', [both('contacts.*')]), token)
    const user = Buffer.from(`User:${owner}`).toString('base64')
    await stage.act('mutation ($u: ID!) { disableUser(id: $u) { id } }', { u: user })
    const contact = await stage.contact({ givenName: 'Ada' })
    await stage.settle()
    expect(await outcomes(id)).toEqual([{ outcome: 'FAILED', faultCode: 'FORBIDDEN' }])
    await stage.act('mutation ($id: ID!) { enableRule(id: $id) { owner { email } } }', { id })
    const [run] = await stage.runs({ rule: id })
    await stage.act('mutation ($id: ID!) { retryRuleRun(id: $id) { id } }', { id: run?.id })
    await stage.settle()
    expect(await tagsOf(contact)).toEqual(['orphan'])
    await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id })
  })

  test('and sees only the contacts that the owner sees', async () => {
    const { token } = await somebody([rules, both('contacts.*'), both('automation.runs')], ['nothing-holds-for-this'])
    const id = await stage.rule(tagging('unseen', [both('contacts.*')]), token)
    const contact = await stage.contact({ givenName: 'Ada' })
    await stage.settle()
    expect(await tagsOf(contact)).toEqual([])
    expect(await outcomes(id)).toEqual([{ outcome: 'NOT_MATCHED', faultCode: null }])
    const { ruleRuns } = await stage.act(
      'query ($id: ID!) { ruleRuns(rule: $id) { edges { node { id } } } }',
      { id },
      token,
    )
    expect(ruleRuns.edges).toEqual([])
    await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id })
  })
})

test('values that the rule may not read are not there for it', async () => {
  const rights = [both('contacts.contact'), both('contacts.tags')]
  const condition = 'has(event.new.givenName) || "givenName" in event.changed'
  const id = await stage.rule(tagging('blind', rights, { condition }))
  await stage.contact({ givenName: 'Ada' })
  await stage.settle()
  expect(await outcomes(id)).toEqual([{ outcome: 'NOT_MATCHED', faultCode: null }])
  await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id })
})

test('a change of which the rule may read nothing is no event for it', async () => {
  const rights = [both('contacts.contact'), both('contacts.tags')]
  const id = await stage.rule(tagging('blind to changes', rights, { events: ['contacts.changed'] }))
  const contact = await stage.contact({ givenName: 'Ada' })
  const change = (version: number, input: object) =>
    stage.act('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }', {
      input: { id: contact, version, ...input },
    })
  await change(1, { givenName: 'Augusta' })
  await change(2, { addEmails: [{ address: 'ada@example.org' }] })
  await stage.settle()
  expect(await outcomes(id)).toEqual([
    { outcome: 'NOT_MATCHED', faultCode: null },
    { outcome: 'NOT_MATCHED', faultCode: null },
  ])
  await change(3, { tags: ['seen'] })
  await stage.settle()
  expect((await outcomes(id)).map(({ outcome }) => outcome)).toContain('DONE')
  await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id })
})

test('hearing of legal grounds takes the right to read them', async () => {
  const input = { ...tagging('curious', [both('contacts.contact'), both('contacts.tags')]) }
  for (const events of [['lawfulness.objected'], ['contacts.created', 'lawfulness.withdrawn']]) {
    expect(await stage.refused(create, { input: { ...input, events } })).toMatchObject({
      codes: ['INVALID_INPUT'],
      fields: [`events.${events.length - 1}`],
      text: expect.stringContaining('lawfulness.basis'),
    })
  }
})

test('a sensitive field is no value for rules, however it changes', async () => {
  for (const sensitive of [true, false]) {
    await stage.act('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
      input: {
        ...{
          key: sensitive ? 'diagnosis' : 'remark',
          kind: 'TEXT',
          labels: [{ language: 'en', text: 'x' }],
          sensitive,
        },
        ...{ category: 'customer data', purpose: 'care', retentionClass: 'care' },
      },
    })
  }
  const id = await stage.rule({
    name: 'Copies what is sealed',
    events: ['contacts.changed'],
    condition: 'event.changed.exists(f, f == "customFields.diagnosis")',
    actions: [
      action('fields.set', {
        key: '"remark"',
        value: 'has(fields.diagnosis) || "customFields.diagnosis" in event.new ? "told" : "silent"',
      }),
    ],
    rights: [both('contacts.*'), both('fields.*')],
  })
  const contact = await stage.contact({ givenName: 'Ada' })
  await stage.act('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }', {
    input: { id: contact, version: 1, customFields: [{ key: 'diagnosis', value: { text: 'Zqsecret' } }] },
  })
  await stage.settle()
  expect(await outcomes(id)).toContainEqual({ outcome: 'DONE', faultCode: null })
  const query =
    'query ($id: ID!) { contact(id: $id) { customField(key: "remark") { ... on TextFieldValue { text } } } }'
  expect((await stage.act(query, { id: contact })).contact).toEqual({ customField: { text: 'silent' } })
  await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id })
})

test('a disabled rule does nothing, and what waited for it is cancelled', async () => {
  const id = await stage.rule(tagging('late', [both('contacts.*')]))
  const contact = await stage.contact({ givenName: 'Ada' })
  await stage.act('mutation ($id: ID!) { disableRule(id: $id) { enabledAt } }', { id })
  await stage.contact({ givenName: 'Grace' })
  await stage.settle()
  expect(await outcomes(id)).toEqual([{ outcome: 'CANCELLED', faultCode: null }])
  expect(await tagsOf(contact)).toEqual([])
})

test('nor does one that was disabled while a change was at work that it waited for', async () => {
  const id = await stage.rule(tagging('too late', [both('contacts.*')]))
  const contact = await stage.contact({ givenName: 'Ada' })
  await disabledMeanwhile(id)
  await stage.settle()
  expect(await outcomes(id)).toEqual([{ outcome: 'CANCELLED', faultCode: null }])
  expect(await tagsOf(contact)).toEqual([])
})

test('nor is it tried again, until it is in force again; then with all others of it that failed', async () => {
  const rights = [both('contacts.*')]
  const failing = { actions: [action('contacts.addTag', { tag: 'string(event.new.nothing)' })] }
  const id = await stage.rule(tagging('mended', rights, failing))
  const contacts = [await stage.contact({ givenName: 'Ada' }), await stage.contact({ givenName: 'Emmy' })]
  await stage.settle()
  await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id })
  const [run] = await stage.runs({ rule: id })
  const retry = 'mutation ($id: ID!) { retryRuleRun(id: $id, others: true) { outcome } }'
  expect(await stage.refused(retry, { id: run?.id })).toMatchObject({
    codes: ['INVALID_INPUT'],
    text: expect.stringContaining('enable it first'),
  })
  const { rule } = await stage.act('query ($id: ID!) { rule(id: $id) { version } }', { id })
  const input = { id, version: rule.version, actions: [action('contacts.addTag', { tag: '"mended"' })] }
  await stage.act('mutation ($input: UpdateRuleInput!) { updateRule(input: $input) { id } }', { input })
  await stage.act('mutation ($id: ID!) { enableRule(id: $id) { id } }', { id })
  await stage.act(retry, { id: run?.id })
  await stage.settle()
  expect(await Promise.all(contacts.map(tagsOf))).toEqual([['mended'], ['mended']])
  await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id })
})

/** As if the transaction in which a run was raised had begun before the rule was disabled, and committed after. */
const disabledMeanwhile = (id: string) =>
  pastTheGuards(
    stage.app.config.databaseUrl ?? '',
    'UPDATE automation_rule SET enabled_at = NULL, version = version + 1 WHERE id = $1',
    [Buffer.from(id, 'base64').toString().split(':')[1]],
  )

test('only people own rules', async () => {
  const client = await stage.act('mutation { createClient(input: { name: "Shop", kind: AUTOMATION }) { id } }')
  const id = client.createClient.id
  for (const right of ['automation.rules', 'contacts.*']) {
    await stage.act(
      'mutation ($c: ID!, $r: String!) { grantScope(client: $c, right: $r, read: true, write: true) { id } }',
      {
        ...{ c: id, r: right },
      },
    )
  }
  const made = await stage.act('mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key } }', { c: id })
  const input = tagging('client', [both('contacts.*')])
  expect(await stage.refused(create, { input }, made.createClientKey.key)).toMatchObject({ codes: ['FORBIDDEN'] })
})
