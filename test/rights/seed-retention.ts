import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { transact } from '../../src/database/transact.ts'
import { smallFile } from '../../src/modules/disclosed.ts'
import { settleRetained } from '../../src/modules/retention/kept/settle.ts'
import { storeRetained } from '../../src/modules/retention/kept/store.ts'
import { admin, type TestApp } from '../support/app.ts'
import type { Act } from './seed.ts'
import { purposeKey } from './seed-lawfulness.ts'
import type { Examples } from './values.ts'

/** What tells of retention, by right. */
export const retentionSecrets = {
  'retention.rules': ['zqruled', 'zqruletag'],
  'retention.holds': ['zqclaimed', 'zqsettled'],
  'retention.proposals': ['zqstayed'],
  'erasure.restricted': ['zqstatutory'],
}

/**
 * A rule that was retired, a hold that was lifted, proposals that were decided, and what is kept of somebody who was erased. `contactId`: as
 * GraphQL has it.
 */
export async function seedRetention({ work, database }: TestApp, act: Act, contactId: string): Promise<void> {
  const context = { ...work, requestId: randomUUID() }
  const contact = Buffer.from(contactId, 'base64').toString().replace('Contact:', '')
  const rule = `mutation ($input: RetentionRuleInput!) {
    createRetentionRule(key: "matrix", names: [{ language: "en", text: "Zqruled" }], input: $input) { key } }`
  const input = { purpose: purposeKey, ground: 'CONSENT', tags: ['zqruletag'], retentionClass: 'without-ground' }
  await act(rule, { input: { ...input, action: 'PROPOSE' } })
  await act('mutation { retireRetentionRule(key: "matrix") { key } }')

  const place = 'mutation ($id: ID!) { placeLegalHold(contact: $id, reason: "Zqclaimed") { id } }'
  const { placeLegalHold } = await act(place, { id: contactId })
  const lift = 'mutation ($id: ID!) { liftLegalHold(id: $id, reason: "Zqsettled") { id } }'
  await act(lift, { id: placeLegalHold?.['id'] })

  const { id: deciderId } = await database.user.findUniqueOrThrow({ where: { email: admin.email } })
  const now = new Date()
  const proposal = () => ({
    ...{ contactId: contact, id: uuidv7(), ruleKey: 'matrix', ground: 'retention_ended', dueAt: now, proposedAt: now },
    ...{ decidedAt: now, deciderId },
  })
  await transact(context, 'test', (tx) =>
    tx.erasureProposal.createMany({
      data: [
        { ...proposal(), state: 'refused', reason: 'Zqstayed', keptUntil: new Date('2998-11-30') },
        { ...proposal(), state: 'accepted', erasureId: randomUUID() },
      ],
    }),
  )

  async function* records() {
    yield {
      ...{ contactId: randomUUID(), id: randomUUID(), model: 'Order', kind: 'order', category: 'orders' },
      ...{ record: { number: 'Zqstatutory' }, files: [smallFile('zqstatutory.txt', 'text/plain', 'Zqstatutory')] },
      retention: { until: new Date('2998-11-30'), citation: '§ 147 AO', key: 'voucher' },
    }
  }
  const facts = await storeRetained(context, randomUUID(), records())
  await transact(context, 'test', async (tx) => {
    await settleRetained(tx, facts)
    const hold = { id: randomUUID(), reason: 'Zqclaimed', placedAt: now, placerId: deciderId }
    await tx.retainedHold.createMany({ data: facts.map(({ contactId: subjectId }) => ({ ...hold, subjectId })) })
  })
}

/** What leads to it. */
export const retentionExamples: Examples = {
  'Query.retentionRules': () => ({ retired: true }),
  'Query.simulateRetentionRule': () => ({ input: { retentionClass: 'without-ground', action: 'PROPOSE' } }),
  'Query.erasureProposals': () => ({ state: null, first: 40 }),
  // One that erases by itself takes a further right.
  'RetentionRuleInput.action': 'PROPOSE',
  'RetentionRuleInput.categories': ['occupation'],
  'RetentionRuleInput.purpose': purposeKey,
  'RetentionRuleInput.retentionClass': 'without-ground',
  'RetainedRecordFilter.subject': '00000000-0000-4000-8000-000000000000',
  'RetainedRecordFilter.erasure': Buffer.from('Erasure:00000000-0000-4000-8000-000000000000').toString('base64'),
  'Query.legalHolds.case': '00000000-0000-4000-8000-000000000000',
  'Mutation.liftLegalHolds.case': '00000000-0000-4000-8000-000000000000',
  'Mutation.placeLegalHolds': () => ({ filter: { tags: { hasAny: ['zqtagged'] } }, reason: 'Tried' }),
}
