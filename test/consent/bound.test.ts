import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stage, startStage } from '../deliveries/support.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

test('who sees only contacts of some purposes can’t find out by mutations who has an e-mail address', async () => {
  await stage.ask('mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }', {
    input: { emails: [{ address: 'unseen@example.org' }] },
  })
  const { token } = await stage.user(['*'], ['support'])
  const evidence = { kind: 'FORM', text: 'A form.' }
  const tries = {
    'giveConsent(input: $input) { token }': {
      type: 'GiveConsentInput',
      purposes: [{ purpose: 'newsletter' }],
      evidence,
    },
    'withdrawConsent(input: $input) { token }': { type: 'WithdrawConsentInput', purposes: ['newsletter'] },
    'refuseConsent(input: $input) { token }': { type: 'RefuseConsentInput', purposes: [{ purpose: 'newsletter' }] },
    'updateOwnFields(input: $input) { fields }': { type: 'UpdateOwnFieldsInput', fields: [] },
  }
  for (const [mutation, { type, ...rest }] of Object.entries(tries)) {
    for (const email of ['unseen@example.org', 'unknown@example.org']) {
      const input = { idempotencyKey: randomUUID(), person: { email }, ...rest }
      const { errors = [] } = await stage.graphql(`mutation ($input: ${type}!) { ${mutation} }`, { input }, token)
      const told = errors.map(({ extensions }) => [extensions.code, extensions.faults?.[0]?.field])
      expect([mutation, told]).toEqual([mutation, [['INVALID_INPUT', 'input.person.email']]])
    }
  }
})
