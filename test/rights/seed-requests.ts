import { randomUUID } from 'node:crypto'
import { transact } from '../../src/database/transact.ts'
import type { RequestKind } from '../../src/modules/requests/kinds.ts'
import { noteDelivered, noteProduced, receiveRequest } from '../../src/modules/requests/steps.ts'
import { admin, type TestApp } from '../support/app.ts'
import type { Act } from './seed.ts'
import { purposeKey } from './seed-lawfulness.ts'

/**
 * Lets contacts ask for all that can become of a request, and somebody unknown. `contacts`: as GraphQL has them. Returns the id of the
 * request of which there is the most to tell.
 */
export async function seedRequests(
  { work, database }: TestApp,
  act: Act,
  contacts: readonly string[],
): Promise<string> {
  const uuidOf = (id = '') => Buffer.from(id, 'base64').toString().replace('Contact:', '')
  const [contactId, other] = [uuidOf(contacts[0]), uuidOf(contacts[2])]
  const context = { ...work, requestId: randomUUID() }
  const { id: answering } = await database.user.findUniqueOrThrow({ where: { email: admin.email } })
  const receive = async (whose: string, kind: RequestKind) => {
    const statement = 'Zqstatement'
    const [request] = await receiveRequest(context, { contactId: whose, kinds: [kind], channel: 'letter', statement })
    return request?.id ?? ''
  }
  const step = (name: string, id: string, more = '') =>
    act(`mutation ($id: ID!) { ${name}(id: $id${more}) { id } }`, { id })

  const restriction = await receive(contactId, 'restriction')
  await step('askForIdentity', restriction)
  await step('verifyIdentity', restriction, ', method: IN_PERSON')
  await step('assignSubjectRequest', restriction, `, user: "${btoa(`User:${answering}`)}"`)
  await step('extendSubjectRequest', restriction, ', reason: "Zqextended"')
  await step('writeToPerson', restriction, ', text: "Zqmessage"')
  const told = { remindedAt: new Date(), overdueAt: new Date() }
  await transact(context, 'test', (tx) => tx.subjectRequest.updateMany({ where: { id: restriction }, data: told }))
  const part = ', partly: true, article: "Art. 18(2) GDPR", reason: "Zqpartly"'
  await step('fulfilSubjectRequest', restriction, part)
  // What they are served for goes on, so that everything else is reached.
  const excepted = { purpose: purposeKey, ground: 'CONTRACT', specialGround: 'LEGAL_CLAIMS', source: 'Zqbasis' }
  const record = 'mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }'
  await act(record, { input: { contactId: contacts[0], ...excepted } })

  const access = { contactId, requestId: await receive(contactId, 'access'), packageId: randomUUID() }
  await step('verifyIdentity', access.requestId, ', method: IN_PERSON')
  await transact(context, 'test', async (tx) => {
    await noteProduced(tx, context, access)
    await noteDelivered(tx, context, { ...access, how: 'letter' })
  })
  const denied = await receive(contactId, 'erasure')
  await step('denySubjectRequest', denied, ', because: OTHER, article: "Art. 17(3)(e) GDPR", reason: "Zqpartly"')
  const lifted = await receive(other, 'restriction')
  await step('fulfilSubjectRequest', lifted)
  await step('liftRestriction', lifted, `, reason: "Checked.", from: "${new Date().toISOString()}"`)

  const report = 'mutation ($input: ReportSubjectRequestInput!) { reportSubjectRequest(input: $input) { reference } }'
  const said = { email: 'zqunknown@example.org', name: 'Zqunknown', details: 'Zqunknown 1', statement: 'Zqunknown' }
  for (const kinds of [['ACCESS'], ['ERASURE']]) await act(report, { input: { kinds, ...said } })
  const { id } = await database.incomingRequest.findFirstOrThrow({ orderBy: { id: 'desc' } })
  await act('mutation ($id: ID!) { denyIncomingRequest(id: $id) { id } }', { id })
  return restriction
}
