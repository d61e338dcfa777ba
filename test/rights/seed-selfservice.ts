import { randomUUID } from 'node:crypto'
import { correct } from '../../src/modules/selfservice/corrections/propose.ts'
import type { TestApp } from '../support/app.ts'
import type { Act } from './seed.ts'

/** Lets a contact ask for something, and propose something, which is rejected, and something else. `contactId`: as GraphQL has it. */
export async function seedSelfService({ work, database }: TestApp, act: Act, contactId: string): Promise<void> {
  const id = Buffer.from(contactId, 'base64').toString().replace('Contact:', '')
  const context = { ...work, requestId: randomUUID(), actor: { kind: 'contact', id } } as const
  await correct(context, id, [{ of: 'column', name: 'familyName', value: 'Zqfamily III' }], { certain: true })
  const proposal = await database.correctionProposal.findFirstOrThrow({ where: { contactId: id } })
  await act('mutation ($c: ID!, $id: ID!) { rejectCorrection(contactId: $c, id: $id, reason: "Zqrejected") { id } }', {
    c: contactId,
    id: proposal.id,
  })
  await correct(context, id, [{ of: 'column', name: 'familyName', value: 'Zqfamily IV' }], { certain: true })
}
