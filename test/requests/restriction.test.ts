import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { queueContactMail } from '../../src/modules/mails/queue.ts'
import { unsubscribeLink } from '../../src/modules/mails/unsubscribe-link.ts'
import { correct } from '../../src/modules/selfservice/corrections/propose.ts'
import { type Data, day, type Office, openOffice } from './support.ts'

// What it means that the processing of somebody's data is restricted (Art. 18 GDPR).

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office?.close())

const globalIdOfNobody = Buffer.from('Contact:01a00000-0000-7000-8000-000000000000').toString('base64')
const reason = 'Zqchecked, and right'
const because = { reason, from: new Date(0).toISOString() }
const record = 'mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }'
const ground = (contactId: string, purpose: string, more: object = {}) =>
  office.ask(record, { input: { contactId, purpose, ground: 'CONSENT', ...more } })

const decision = async (id: string, purpose: string, moments: object = {}): Promise<Data> => {
  const query = `query ($id: ID!, $purpose: String!, $at: DateTime, $knownAt: DateTime) { contact(id: $id) { restrictedAt withoutBasis
    mayProcess(purpose: $purpose, at: $at, knownAt: $knownAt) { allowed reasons { rule text(language: DE) } } } }`
  const { contact } = await office.ask(query, { id, purpose, ...moments })
  const { allowed, reasons } = contact.mayProcess
  return {
    ...contact,
    allowed,
    rules: reasons.map(({ rule }: Data) => rule),
    texts: reasons.map(({ text }: Data) => text),
  }
}

const listed = async (id: string, purpose: string, token = office.token): Promise<boolean> => {
  const query = `query ($purpose: String!) { contacts(lawfulFor: $purpose, orderBy: [{ createdAt: DESC }], first: 500) {
    edges { node { id } } } }`
  const { data } = await office.graphql(query, { purpose }, token)
  return data.contacts.edges.some(({ node }: Data) => node.id === id)
}

/** Somebody who consented, and whose data nobody is to work with any more. */
async function restricted() {
  const person = await office.person({ language: 'en' })
  await ground(person.id, 'newsletter')
  const [{ id: request }] = await office.receive(person.id, ['RESTRICTION'], { statement: 'Zqnot with wrong data' })
  const { decidedAt } = await office.step('fulfil', request)
  return { ...person, request, decidedAt: decidedAt as string }
}

describe('a restriction that was granted', () => {
  it('lets nobody process the data, whatever grounds there are, from then on until it is lifted', async () => {
    const { id, request, decidedAt } = await restricted()
    const now = await decision(id, 'newsletter')
    expect(now).toMatchObject({ allowed: false, rules: ['RESTRICTED'], restrictedAt: decidedAt, withoutBasis: false })
    expect(now.texts[0]).toContain('Art. 18 Abs. 2 DSGVO')
    expect(await listed(id, 'newsletter')).toBe(false)
    const before = new Date(new Date(decidedAt).getTime() - 1).toISOString()
    expect(await decision(id, 'newsletter', { at: before })).toMatchObject({ allowed: true, rules: ['VALID_BASIS'] })
    expect(await decision(id, 'newsletter', { knownAt: before })).toMatchObject({ allowed: true })
    const use = 'mutation ($input: RecordUseInput!) { recordUse(input: $input) }'
    const failed = await office.fail(use, { input: { contactIds: [id], purpose: 'newsletter' } })
    expect(failed.faults).toMatchObject([{ field: 'contactIds.0', rule: 'restricted' }])
    await office.step('lift', request, because)
    expect(await decision(id, 'newsletter')).toMatchObject({ allowed: true, restrictedAt: null })
    expect(await decision(id, 'newsletter', { at: decidedAt })).toMatchObject({ allowed: false, rules: ['RESTRICTED'] })
    expect(await listed(id, 'newsletter')).toBe(true)
  })

  it('leaves what Art. 18(2) excepts: consent that was given since, legal claims, important public interests', async () => {
    const { id } = await restricted()
    await ground(id, 'advice', { ground: 'CONTRACT' })
    expect(await decision(id, 'advice')).toMatchObject({ allowed: false, rules: ['RESTRICTED'] })
    await ground(id, 'advice', { ground: 'CONTRACT', specialGround: 'LEGAL_CLAIMS' })
    expect(await decision(id, 'advice')).toMatchObject({ allowed: true })
    expect(await listed(id, 'advice')).toBe(true)
    expect(await decision(id, 'newsletter')).toMatchObject({ allowed: false })
    await ground(id, 'newsletter')
    expect(await decision(id, 'newsletter')).toMatchObject({ allowed: true, rules: ['VALID_BASIS'] })
    expect(await listed(id, 'newsletter')).toBe(true)
  })

  it('ends only after the person was told, in three days unless it is said', async () => {
    const { id, request, email } = await restricted()
    const { liftedAt } = await office.step('lift', request, { reason })
    expect(new Date(liftedAt).getTime() - Date.now()).toBeGreaterThan(2.9 * day)
    expect(await decision(id, 'newsletter')).toMatchObject({ allowed: false, rules: ['RESTRICTED'] })
    expect((await decision(id, 'newsletter')).restrictedAt).not.toBeNull()
    expect(await listed(id, 'newsletter')).toBe(false)
    expect(await decision(id, 'newsletter', { at: liftedAt })).toMatchObject({ allowed: true })
    expect((await office.server.takesFor(email, 3)).some(({ text }) => text?.includes(reason))).toBe(true)
    expect(await office.refused('lift', request, because)).toMatchObject({ code: 'CONFLICT' })
  })

  it('hides the contact from who is bound to purposes', async () => {
    const { id, request } = await restricted()
    const clerk = await office.clerk(['contacts.contact', 'contacts.name'], ['newsletter'])
    const seen = async () =>
      (await office.graphql('query ($id: ID!) { contact(id: $id) { id } }', { id }, clerk)).data.contact
    expect(await seen()).toBeNull()
    await office.step('lift', request, because)
    expect(await seen()).toEqual({ id })
  })

  it('leaves them in sight of who answers their requests, to answer and correct, and for nothing else', async () => {
    const { id, email } = await office.person({ language: 'en', familyName: 'Zqquarrel' })
    await ground(id, 'newsletter')
    const most = [
      'contacts.*',
      'requests.requests',
      'orders.*',
      'lawfulness.*',
      'calendar.*',
      'disclosure.*',
      'audit.*',
    ]
    const all = [...most, 'requests.decide']
    const officer = await office.clerk(all, ['newsletter'])
    const elsewhere = await office.clerk(all, ['advice'])
    const helper = await office.clerk(most, ['newsletter'])
    const as = (token: string) => ({
      ask: async (query: string, variables: object) => {
        const { data, errors } = await office.graphql(query, variables, token)
        if (!data) throw new Error(JSON.stringify(errors))
        return data
      },
      fail: (query: string, variables: object) => office.fail(query, variables, token),
    })
    const { ask, fail } = as(officer)
    const take = `mutation ($input: ReceiveSubjectRequestInput!) { receiveSubjectRequest(input: $input) { id } }`
    const input = { contactId: id, kinds: ['RESTRICTION'], channel: 'LETTER', statement: 'Zqnot so' }
    const request = (await ask(take, { input })).receiveSubjectRequest[0].id
    expect((await ask(office.steps['fulfil'] ?? '', { id: request })).fulfilSubjectRequest.status).toBe('FULFILLED')

    const look = `query ($id: ID!, $request: ID!) {
      contact(id: $id) { id familyName restrictedAt version subjectRequests { id } orders { edges { node { id } } } history { edges { node { operation } } } }
      node(id: $id) { id } subjectRequest(id: $request) { id statement contact { familyName } }
      subjectRequests(filter: { contact: $id }) { edges { node { id } } }
      contacts(search: "Zqquarrel") { totalCount edges { node { id } } } accessPackages(filter: { contact: $id }) { edges { node { id } } } }`
    const nothing = { edges: [] }
    const unseen = {
      ...{ contact: null, node: null, subjectRequest: null, subjectRequests: nothing, accessPackages: nothing },
      contacts: { totalCount: 0, edges: [] },
    }
    const seen = await ask(look, { id, request })
    expect(seen).toMatchObject({
      ...{ ...unseen, node: { id }, subjectRequests: { edges: [{ node: { id: request } }] } },
      contact: { id, familyName: 'Zqquarrel', restrictedAt: expect.any(String), subjectRequests: [{ id: request }] },
      subjectRequest: { statement: 'Zqnot so', contact: { familyName: 'Zqquarrel' } },
    })
    for (const other of [helper, elsewhere]) expect(await as(other).ask(look, { id, request })).toMatchObject(unseen)

    // To answer: write to them, give them what is kept, correct it.
    const correct = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { familyName } }'
    const corrected = { input: { id, version: seen.contact.version, familyName: 'Zqsettled' } }
    expect(await as(helper).fail(correct, corrected)).toMatchObject({ code: 'NOT_FOUND' })
    expect((await ask(correct, corrected)).updateContact).toEqual({ familyName: 'Zqsettled' })
    const [access] = (await ask(take, { input: { ...input, kinds: ['ACCESS'] } })).receiveSubjectRequest
    const disclose = 'mutation ($input: DiscloseContactInput!) { discloseContact(input: $input) { id } }'
    expect((await ask(disclose, { input: { contactId: id, requestId: access.id } })).discloseContact.id).toBeTruthy()
    const lift = office.steps['lift'] ?? ''
    for (const other of [helper, elsewhere]) {
      expect(['NOT_FOUND', 'FORBIDDEN']).toContain((await as(other).fail(lift, { id: request, ...because })).code)
    }
    // For nothing else, as if there were nobody.
    const order = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }'
    const lines = [{ description: 'Book', quantity: '1', unitPrice: '1.00', taxRate: '7' }]
    const meet = 'mutation ($input: CreateAppointmentInput!) { createAppointment(input: $input) { id } }'
    const meeting = { title: 'Zqtalk', begin: '2026-03-27', end: '2026-03-28', contacts: [{ contactId: id }] }
    const use = 'mutation ($input: RecordUseInput!) { recordUse(input: $input) }'
    for (const [mutation, given] of [
      [order, { contactId: id, number: 'Zq1', currency: 'EUR', lines }],
      [meet, meeting],
      [use, { contactIds: [id], purpose: 'newsletter' }],
      [record, { contactId: id, purpose: 'newsletter', ground: 'CONTRACT' }],
    ] as const) {
      const absent = JSON.parse(JSON.stringify(given).replaceAll(id, globalIdOfNobody))
      const [one, other] = [await fail(mutation, { input: given }), await fail(mutation, { input: absent })]
      expect({ ...one, requestId: '' }).toEqual({ ...other, requestId: '' })
      expect(['NOT_FOUND', 'INVALID_INPUT']).toContain(one.code)
    }

    expect((await ask(lift, { id: request, ...because })).liftRestriction.liftedAt).toEqual(expect.any(String))
    expect((await ask(look.replace('Zqquarrel', 'Zqsettled'), { id, request })).contacts.totalCount).toBe(1)
    expect((await office.server.takesFor(email, 2)).length).toBeGreaterThan(1)
  })

  it('keeps mails for a purpose from being sent, and links to end it from being made, but none that answer the person', async () => {
    const { uuid, email, id } = await restricted()
    const context = office.system()
    const content = { kind: 'newsletter', to: email, subject: 'News', text: 'Zqnews', html: '<p>Zqnews</p>' }
    await transact(context, 'test', async (tx) => {
      const unsubscribe = await unsubscribeLink(tx, context, { contactId: uuid, purpose: 'newsletter' })
      await queueContactMail(tx, context, { ...content, contactId: uuid, purpose: 'newsletter', unsubscribe })
    })
    const link = 'mutation ($input: CreateUnsubscribeLinkInput!) { createUnsubscribeLink(input: $input) { url } }'
    expect(await office.fail(link, { input: { contactId: id, purpose: 'newsletter' } })).toMatchObject({
      code: 'INVALID_INPUT',
    })
    await expect
      .poll(async () =>
        (await office.database.outgoingMail.findMany({ where: { contactId: uuid, kind: 'newsletter' } })).map(
          ({ state }) => state,
        ),
      )
      .toEqual(['cancelled'])
    const told = await office.server.takesFor(email, 2)
    expect(told.map(({ text }) => text?.includes('Zqnews'))).toEqual([false, false])
  })
})

it('a request leads whoever answers it to what the contact proposed on their page and nobody has decided over', async () => {
  const { id, uuid } = await office.person({ language: 'en' })
  const [{ id: request }] = await office.receive(id, ['RECTIFICATION'], { statement: 'Zqmy name is wrong' })
  const own = { ...office.system(), actor: { kind: 'contact', id: uuid } } as const
  await correct(own, uuid, [{ of: 'column', name: 'familyName', value: 'Zqright' }], { certain: true })
  const query = 'query ($id: ID!) { subjectRequest(id: $id) { kind corrections { id field change state } } }'
  const corrections = async () => (await office.ask(query, { id: request })).subjectRequest.corrections
  const [proposed, ...more] = await corrections()
  expect(more).toEqual([])
  expect(proposed).toMatchObject({ field: 'familyName', state: 'OPEN', change: { value: 'Zqright' } })
  const clerk = await office.clerk(['requests.requests'])
  const denied = await office.graphql(query, { id: request }, clerk)
  expect([denied.data.subjectRequest.corrections, denied.errors?.[0].extensions.code]).toEqual([null, 'FORBIDDEN'])
  const accept = 'mutation ($c: ID!, $id: ID!) { acceptCorrection(contactId: $c, id: $id) { state } }'
  await office.ask(accept, { c: id, id: proposed.id })
  expect(await corrections()).toEqual([])
})
