import { randomUUID } from 'node:crypto'
import { transact } from '../../src/database/transact.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import type { TestApp } from '../support/app.ts'
import type { Act } from './seed.ts'
import type { Examples } from './values.ts'

/**
 * Puts into the register an erasure of which there is everything to tell, and lets one of a contact wait. `contactId`: as GraphQL has it.
 * Returns what leads there.
 */
export async function seedErasures({ work, database }: TestApp, act: Act, contactId: string): Promise<Examples> {
  const context = { ...work, requestId: randomUUID() }
  const client = await database.client.findFirstOrThrow()
  const now = new Date()
  const id = randomUUID()
  const erasureId = randomUUID()
  await transact(context, 'seed', async (tx) => {
    await tx.erasure.create({
      data: {
        ...{ id, kind: 'contact', contacts: 1, state: 'executed', ground: 'objection', fingerprints: true },
        ...{ categories: ['identity'], related: { document: 'keep' }, requestId: randomUUID() },
        ...{ requesterKind: 'user', requestedAt: now, approvedAt: now, decidedAt: now, article: 'Art. 17(3)(b) GDPR' },
        ...{ toldAt: now, toldHow: 'mail', executedAt: now, ledgerSequence: 1n, ledgerHash: '0'.repeat(64) },
        counts: { erased: { Contact: 1 }, anonymised: {}, kept: { AuditEntry: { rows: 1, reason: 'proof' } } },
        retained: [{ model: 'Order', citation: '§ 147(3) AO', until: now.toISOString(), count: 1 }],
        ...{ replays: 1, replayedAt: now, untoldClients: [client.id], fault: 'INTERNAL' },
      },
    })
    // No such erasure has anybody left; but all that there is to tell shows in one place.
    await tx.erasureSubject.create({ data: { contactId: uuidOf(contactId), erasureId: id } })
    await tx.erasureFingerprint.create({
      data: { id: randomUUID(), hash: hashOf(work), kind: 'email', erasureId, createdAt: now },
    })
  })
  const previewed: string[] = []
  for (let count = 0; count < 4; count++) previewed.push(await held(context, act))
  let turn = 0
  const letter = await waiting(database, act)
  return {
    'Query.erasure.id': Buffer.from(`Erasure:${id}`).toString('base64'),
    'Query.erasureLetter.id': letter,
    // In turn, as each waits for the other's end.
    'Query.previewErasure': () => ({
      input: { contactId: previewed[turn++ % previewed.length], ground: 'UNLAWFUL', categories: ['orders'] },
    }),
    'PreviewErasureInput.contactId': previewed[0],
    'Query.erasureFingerprint': () => ({ email: erased }),
  }
}

/** The address of somebody who objected and was erased. */
const erased = 'zqmarked@example.org'

const hashOf = ({ secrets }: Pick<WorkContext, 'secrets'>) => secrets.fingerprint('erased addresses', `email ${erased}`)

const uuidOf = (id: string) => Buffer.from(id, 'base64').toString().split(':')[1] ?? ''

/** Somebody with an order, which the law keeps, whom a hold keeps from being erased. Returns their id. */
async function held(context: WorkContext, act: Act): Promise<string> {
  const id = await person(act)
  await act('mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }', {
    input: {
      ...{ contactId: id, number: `Zqordernumber ${id}`, currency: 'EUR' },
      lines: [{ description: 'Zqordered', quantity: '1', unitPrice: '1' }],
    },
  })
  const hold = { contactId: uuidOf(id), id: randomUUID(), caseId: randomUUID(), reason: 'Held.', placedAt: new Date() }
  await transact(context, 'seed', (tx) => tx.legalHold.create({ data: hold }))
  return id
}

/** One that somebody asked for, of whom nothing else is kept: there is a letter to be sent. */
async function waiting(database: TestApp['database'], act: Act): Promise<string> {
  const contactId = await person(act)
  const receive = 'mutation ($input: ReceiveSubjectRequestInput!) { receiveSubjectRequest(input: $input) { id } }'
  await act(receive, { input: { contactId, kinds: ['ERASURE'], channel: 'LETTER' } })
  const { id: requestId } = await database.subjectRequest.findFirstOrThrow({ where: { contactId: uuidOf(contactId) } })
  const request = 'mutation ($input: RequestErasureInput!) { requestErasure(input: $input) { id } }'
  const { requestErasure } = await act(request, { input: { contactId, requestId, ground: 'CONSENT_WITHDRAWN' } })
  return requestErasure?.['id'] ?? ''
}

async function person(act: Act): Promise<string> {
  const create = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
  const { createContact } = await act(create, { input: { givenName: 'Zqgiven', familyName: 'Zqfamily' } })
  return createContact?.['id'] ?? ''
}
