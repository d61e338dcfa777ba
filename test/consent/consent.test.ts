import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { giveOwnConsent, objectToOwn, withdrawOwnConsent } from '../../src/modules/consent/own.ts'
import { globalId, newsletter, openPartners, origin, type Partners } from './support.ts'

let partners: Partners
beforeAll(async () => {
  partners = await openPartners()
})
afterAll(() => partners.close())

const person = (email: string) => ({ person: { email } })

describe('from a page', () => {
  it('asks by mail, and gives consent once the person confirms', async () => {
    const { shop, done, own, linkOf, contactsWith, events, mayProcess } = partners
    const email = 'anna@example.org'
    const input = {
      ...person(email),
      purposes: [newsletter, { purpose: 'surveys' }],
      page: `${origin}/sign-up?mail=x#y`,
    }
    const { token, outcomes } = await done('give', input, shop.page)
    expect(outcomes.map(({ state }: { state: string }) => state)).toEqual([
      'PENDING_CONFIRMATION',
      'PENDING_CONFIRMATION',
    ])
    expect(await contactsWith(email)).toEqual([])
    expect(await own(token)).toEqual(['newsletter PENDING_CONFIRMATION', 'surveys PENDING_CONFIRMATION'])
    const link = await linkOf(email)
    const confirmed = await done('confirm', { token: link, purposes: ['newsletter'] }, {})
    expect(confirmed.outcomes).toMatchObject([
      {
        purpose: 'newsletter',
        state: 'GIVEN',
        recordPayload: { processing: { notice: { version: 1 } }, page: `${origin}/sign-up` },
      },
      { purpose: 'surveys', state: 'REFUSED' },
    ])
    const [contactId = ''] = await contactsWith(email)
    expect(await events(contactId)).toEqual([
      'requested newsletter by client',
      'confirmed newsletter by contact',
      'requested surveys by client',
      'refused surveys by contact',
    ])
    expect(await mayProcess(contactId, 'newsletter')).toBe(true)
    expect(await own(token)).toEqual(['newsletter GIVEN', 'surveys REFUSED'])
    expect(await done('withdraw', { person: { token }, purposes: ['newsletter'] }, shop.page)).toMatchObject({
      outcomes: [{ state: 'WITHDRAWN' }],
    })
    expect(await mayProcess(contactId, 'newsletter')).toBe(false)
    expect(await own(token)).toEqual(['newsletter WITHDRAWN', 'surveys REFUSED'])
  })
})

describe('from a server', () => {
  it('records what it attests with evidence, at once', async () => {
    const { shop, done, states, contactsWith, mayProcess } = partners
    const evidence = { kind: 'FORM', text: 'Form 17, ticked at the counter.' }
    const input = { ...person('Berta@Example.org'), purposes: [newsletter, { purpose: 'events' }], evidence }
    expect(await done('give', input, shop.server)).toMatchObject({ outcomes: [{ state: 'GIVEN' }, { state: 'GIVEN' }] })
    const [contactId = ''] = await contactsWith('berta@example.org')
    expect(await mayProcess(contactId, 'events')).toBe(true)
    expect(await states('withdraw', { ...person('BERTA@example.org'), purposes: ['newsletter'] }, shop.server)).toEqual(
      ['newsletter WITHDRAWN', 'events WITHDRAWN'],
    )
    expect(await mayProcess(contactId, 'events')).toBe(false)
  })
})

describe('by staff', () => {
  it('asks a contact, and withdraws for them', async () => {
    const { done, states, linkOf, contactsWith, failed } = partners
    const [contactId = ''] = await contactsWith('berta@example.org')
    const about = { person: { contactId: globalId(contactId) } }
    expect(await done('give', { ...about, purposes: [{ purpose: 'surveys' }] })).toMatchObject({ token: null })
    const token = await linkOf('Berta@example.org')
    expect(await failed('confirm', { token })).toMatchObject({ code: 'FORBIDDEN' })
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Bearer ${partners.administrator}`,
    }
    const form = new URLSearchParams({ t: token, all: 'yes' }).toString()
    const page = await partners.app.fetch(
      new Request(`${partners.url}/consent`, { method: 'POST', headers, body: form }),
    )
    expect([page.status, await page.text()]).toEqual([
      403,
      expect.stringContaining('You asked for this consent yourself'),
    ])
    expect(await states('confirm', { token }, {})).toEqual(['surveys GIVEN'])
    expect(await states('withdraw', { ...about, purposes: ['surveys'] })).toEqual(['surveys WITHDRAWN'])
    // What a person gave elsewhere, with evidence: at once, without a mail and without a token.
    const evidence = { kind: 'PHONE_NOTE', text: 'Said so on the phone, recording 12.' }
    const attested = await done('give', { ...about, purposes: [{ purpose: 'surveys' }], evidence })
    expect(attested).toMatchObject({
      token: null,
      outcomes: [{ state: 'GIVEN', recordPayload: { evidence: 'phone_note', partner: null } }],
    })
  })
})

describe('saying no', () => {
  it('is recorded, ends what was given, and makes nobody a contact', async () => {
    const { shop, done, states, contactsWith, events, mayProcess, own } = partners
    const email = 'nora@example.org'
    const no = { ...person(email), purposes: [{ purpose: 'surveys' }] }
    expect(await states('refuse', no, shop.server)).toEqual(['surveys REFUSED'])
    expect(await contactsWith(email)).toEqual([])
    const { token } = await done(
      'give',
      { ...person(email), purposes: [newsletter, { purpose: 'surveys' }] },
      shop.page,
    )
    expect(await states('refuse', { person: { token }, purposes: [{ purpose: 'surveys' }] }, shop.page)).toEqual([
      'surveys REFUSED',
    ])
    expect(await own(token)).toEqual(['newsletter PENDING_CONFIRMATION'])
    expect(await states('confirm', { token: await partners.linkOf(email), purposes: [] }, {})).toEqual([
      'newsletter REFUSED',
    ])
    expect(await contactsWith(email)).toEqual([])

    const evidence = { kind: 'FORM', text: 'Form 18.' }
    await done('give', { ...person(email), purposes: [{ purpose: 'surveys' }], evidence }, shop.server)
    const refused = await done('refuse', no, shop.server)
    expect(refused.outcomes).toMatchObject([
      { state: 'REFUSED', recordPayload: { events: [{ type: 'refused', state: 'refused' }] } },
    ])
    const [contactId = ''] = await contactsWith(email)
    expect(await events(contactId)).toEqual(['given surveys by client', 'refused surveys by client'])
    expect(await mayProcess(contactId, 'surveys')).toBe(false)
  })
})

describe('what persons say of themselves besides', () => {
  it('goes where scopes and definitions let it: kept with the request, and into gaps alone of whoever is known', async () => {
    const { ask, newClient, done, failed, contactsWith, database, shop } = partners
    const create = 'mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }'
    for (const [key, open] of [
      ['city', 'FILL'],
      ['rank', 'FILL'],
      ['score', 'SEE'],
    ])
      await ask(create, {
        input: {
          key,
          kind: 'TEXT',
          labels: [{ language: 'en', text: key }],
          category: 'contact',
          purpose: 'orders',
          retentionClass: 'telephone-advertising-consent',
          partners: open,
        },
      })
    const form = await newClient({ name: 'Form', scopes: ['fields.city', 'fields.score', 'consent.attest'] })
    const field = (key: string, text: string) => ({ key, value: { text } })
    const input = (email: string, fields: object[], rest = {}) => ({
      ...person(email),
      purposes: [newsletter],
      fields,
      ...rest,
    })
    const asked = await done(
      'give',
      input('olga@example.org', [field('city', 'Ulm')], { givenName: 'Olga' }),
      form.page,
    )
    await done('fields', { person: { token: asked.token }, fields: [field('city', 'Köln')] }, form.page)
    const fieldsOf = async (email: string) => {
      const [id = ''] = await contactsWith(email)
      const { customFields, givenName, source } = await database.contact.findUniqueOrThrow({ where: { id } })
      return { customFields, givenName, source }
    }
    await done('confirm', { token: await partners.linkOf('olga@example.org') }, {})
    expect(await fieldsOf('olga@example.org')).toEqual({
      customFields: { city: 'Köln' },
      givenName: 'Olga',
      source: 'Form',
    })
    // Somebody types the address of whoever is known.
    await done('give', input('olga@example.org', [field('city', 'Bonn')], { givenName: 'Olaf' }), form.page)
    await done('confirm', { token: await partners.linkOf('olga@example.org') }, {})
    expect(await fieldsOf('olga@example.org')).toMatchObject({ customFields: { city: 'Köln' }, givenName: 'Olga' })
    // The visitor, who may be another person than the one who confirmed: staff decides.
    const proposed = await done(
      'fields',
      { person: { token: asked.token }, fields: [field('city', 'Trier')] },
      form.page,
    )
    expect(proposed).toEqual({ fields: ['city'], proposed: ['city'] })
    expect(await fieldsOf('olga@example.org')).toMatchObject({ customFields: { city: 'Köln' } })
    const { edges } = await ask('{ correctionProposals { edges { node { id field change certain contact { id } } } } }')
    expect(edges).toMatchObject([
      { node: { field: 'customFields.city', change: { key: 'city', written: 'Trier' }, certain: false } },
    ])
    const accept = 'mutation ($c: ID!, $id: ID!) { acceptCorrection(contactId: $c, id: $id) { state } }'
    await ask(accept, { c: edges[0].node.contact.id, id: edges[0].node.id })
    expect(await fieldsOf('olga@example.org')).toMatchObject({ customFields: { city: 'Trier' } })
    // The partner's server says what it knows.
    await done('fields', { ...person('olga@example.org'), fields: [field('city', 'Mainz')] }, form.server)
    expect(await fieldsOf('olga@example.org')).toMatchObject({ customFields: { city: 'Mainz' } })
    expect(
      await done('fields', { ...person('no@example.org'), fields: [field('city', 'Mainz')] }, form.server),
    ).toEqual({ fields: ['city'], proposed: [] })

    for (const [key, caller] of [
      ['rank', form.page],
      ['rank', form.server],
      ['score', form.server],
      ['city', shop.page],
      ['none', form.page],
    ] as const)
      expect([key, (await failed('give', input('p@example.org', [field(key, 'x')]), caller))?.code]).toEqual([
        key,
        'FORBIDDEN',
      ])
    expect(await failed('give', input('p@example.org', [field('city', '\u0000')]), form.page)).toMatchObject({
      code: 'INVALID_INPUT',
      faults: [{ field: 'input.fields.city' }],
    })
    expect((await failed('fields', { ...person('olga@example.org'), fields: [] }, form.page)).code).toBe(
      'INVALID_INPUT',
    )
  })
})

describe('a withdrawal', () => {
  it('is confirmed to the contact by mail, whoever says it; not where nothing ended, nor on their own page', async () => {
    const { done, shop, contactsWith, mailsTo, work } = partners
    const email = 'wanda@example.org'
    const evidence = { kind: 'FORM', text: 'Form 20.' }
    const give = async () =>
      (await done('give', { ...person(email), purposes: [newsletter, { purpose: 'surveys' }], evidence }, shop.server))
        .token
    const token = await give()
    const [contactId = ''] = await contactsWith(email)
    const told = async () =>
      (await mailsTo(contactId)).map(({ kind, to, text }) => [kind, to, /newsletter/.test(text), /surveys/.test(text)])
    // By the parent of what was given.
    await done('withdraw', { ...person(email), purposes: ['marketing'] }, shop.server)
    expect(await told()).toEqual([['withdrawn', email, true, false]])
    await done('withdraw', { ...person(email), purposes: ['marketing'] }, shop.server)
    await done('withdraw', { person: { contactId: globalId(contactId) }, purposes: ['surveys'] })
    expect((await told()).slice(1)).toEqual([['withdrawn', email, false, true]])
    await give()
    await done('withdraw', { person: { token }, purposes: ['newsletter'] }, shop.page)
    expect((await told()).slice(2)).toEqual([['withdrawn', email, true, false]])
    const context = {
      ...work,
      mail: true,
      requestId: randomUUID(),
      actor: { kind: 'contact' as const, id: contactId },
    }
    await withdrawOwnConsent(context, contactId, ['surveys'])
    expect((await told()).length).toBe(3)
  })

  it('by an address ends it for everybody who has that address', async () => {
    const { ask, done, shop, contactsWith, mayProcess, mailsTo, grantWishes } = partners
    const email = 'twins@example.org'
    const create = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
    for (const givenName of ['Tim', 'Tom']) await ask(create, { input: { givenName, emails: [{ address: email }] } })
    const ids = (await contactsWith(email)).toSorted()
    const record = 'mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }'
    const consenting = async (contactId = '') => {
      const basis = { contactId: globalId(contactId), purpose: 'surveys', ground: 'CONSENT' }
      await ask(record, { input: { ...basis, evidence: { kind: 'FORM', text: 'Form 21.' } } })
    }
    for (const id of ids) await consenting(id)
    await done('withdraw', { ...person(email), purposes: ['surveys'] }, shop.server)
    expect(await Promise.all(ids.map((id) => mayProcess(id, 'surveys')))).toEqual([false, false])
    // From a page: whoever of them has something to withdraw gets the link.
    await consenting(ids[1])
    await done('withdraw', { ...person(email), purposes: ['surveys'] }, shop.page)
    await grantWishes()
    const links = async (id = '') => (await mailsTo(id)).filter(({ kind }) => kind === 'withdrawal-link').length
    expect([await links(ids[0]), await links(ids[1])]).toEqual([0, 1])
  })

  it('by a link of a mail reaches the parts of what was named', async () => {
    const { done, shop, contactsWith, mayProcess, mailsTo, grantWishes, app, url } = partners
    const email = 'parts@example.org'
    const evidence = { kind: 'FORM', text: 'Form 22.' }
    await done('give', { ...person(email), purposes: [newsletter], evidence }, shop.server)
    const [contactId = ''] = await contactsWith(email)
    await done('withdraw', { ...person(email), purposes: ['marketing'] }, shop.page)
    await grantWishes()
    const [mail] = await mailsTo(contactId)
    const t = /[?]t=([\w-]{43})/.exec(mail?.text ?? '')?.[1] ?? ''
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = new URLSearchParams({ t, purpose: 'newsletter' }).toString()
    const answer = await app.fetch(new Request(`${url}/unsubscribe`, { method: 'POST', headers, body }))
    expect(answer.status).toBe(303)
    expect(await mayProcess(contactId, 'newsletter')).toBe(false)
  })
})

describe('the contact, where it is known that it is they', () => {
  it('gives, withdraws and objects at once', async () => {
    const { done, shop, contactsWith, mayProcess, events, work } = partners
    const evidence = { kind: 'FORM', text: 'Form 19.' }
    await done('give', { ...person('self@example.org'), purposes: [{ purpose: 'surveys' }], evidence }, shop.server)
    const [contactId = ''] = await contactsWith('self@example.org')
    const context = { ...work, requestId: randomUUID(), actor: { kind: 'contact' as const, id: contactId } }
    const choices = [newsletter, { purpose: 'surveys' }, { purpose: 'orders' }]
    expect((await giveOwnConsent(context, contactId, choices)).map(({ state, problem }) => problem ?? state)).toEqual([
      'given',
      'renewed',
      'CONSENT_NOT_A_GROUND',
    ])
    expect(await mayProcess(contactId, 'newsletter')).toBe(true)
    expect((await withdrawOwnConsent(context, contactId, ['marketing'])).map(({ purpose }) => purpose)).toEqual([
      'marketing',
      'newsletter',
    ])
    await objectToOwn(context, contactId, 'surveys')
    expect((await events(contactId)).slice(-2)).toEqual([
      'withdrawn marketing by contact',
      'objected surveys by contact',
    ])
    await expect(giveOwnConsent({ ...context, actor: { kind: 'user', id: null } }, contactId, choices)).rejects.toThrow(
      'contacts themselves',
    )
    await expect(giveOwnConsent(context, randomUUID(), choices)).rejects.toThrow('no such Contact')
  })
})

it('asks again what special categories need, and takes a consent to them as explicit', async () => {
  const { shop, done, contactsWith, mayProcess } = partners
  await done('give', { ...person('sara@example.org'), purposes: [{ purpose: 'allergies' }] }, shop.page)
  await done('confirm', { token: await partners.linkOf('sara@example.org') }, {})
  expect(await mayProcess((await contactsWith('sara@example.org'))[0] ?? '', 'allergies')).toBe(true)
})
