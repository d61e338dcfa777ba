import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgetExpired } from '../../src/modules/consent/housekeeping.ts'
import { createSecrets } from '../../src/secrets.ts'
import { statementsOf } from '../contacts/lists-support.ts'
import { newsletter, openPartners, origin, type Partners, queries } from './support.ts'

// What partners' pages may not do, and what nobody learns from them.

let partners: Partners
beforeAll(async () => {
  partners = await openPartners()
})
afterAll(() => partners.close())

let count = 0
const somebody = () => ({ person: { email: `somebody${++count}@example.org` } })
const evidence = { kind: 'FORM', text: 'Form 4.' }
const unknownToken = 'x'.repeat(43)

describe('what a client may ask for', () => {
  it('is what its scopes name, with the text that the person was shown', async () => {
    const { shop, newClient, states, publish, ask } = partners
    const other = await newClient({ name: 'Small', purposes: ['surveys'], scopes: [] })
    const asked = (purposes: object[], caller = shop.page) => states('give', { ...somebody(), purposes }, caller)
    expect(await asked([newsletter, { purpose: 'surveys' }, { purpose: 'nothing' }], other.page)).toEqual([
      'newsletter PURPOSE_NOT_ALLOWED',
      'surveys PENDING_CONFIRMATION',
      'nothing PURPOSE_NOT_ALLOWED',
    ])
    const shown = (version: number, language = 'en') => ({ purpose: 'newsletter', notice: { version, language } })
    expect(await asked([{ purpose: 'newsletter' }])).toEqual(['newsletter NOTICE_MISSING'])
    expect(await asked([shown(7)])).toEqual(['newsletter NOTICE_UNKNOWN'])
    expect(await asked([shown(1, 'fr')])).toEqual(['newsletter NOTICE_UNKNOWN'])
    expect(await asked([shown(1), shown(1)])).toEqual(['newsletter PENDING_CONFIRMATION', 'newsletter PURPOSE_TWICE'])
    await publish('newsletter', 'We write to you once a week.')
    expect(await asked([shown(1)])).toEqual(['newsletter NOTICE_OUTDATED'])
    expect(await asked([shown(2, 'de')])).toEqual(['newsletter PENDING_CONFIRMATION'])
    const accept = 'mutation ($v: Int) { acceptNoticesSince(purpose: "newsletter", version: $v) }'
    expect(await ask(accept, { v: 1 })).toBe(1)
    expect(await asked([shown(1)])).toEqual(['newsletter PENDING_CONFIRMATION'])
    expect(await ask(accept, {})).toBe(2)
    expect(await asked([shown(1)])).toEqual(['newsletter NOTICE_OUTDATED'])
    await ask(accept, { v: 1 })
    const { data } = await partners.call(
      '{ consentOffers(language: "de") { purpose name notice { version text } } }',
      {},
      other.page,
    )
    expect(data.consentOffers).toEqual([{ purpose: 'surveys', name: 'Das surveys', notice: null }])
  })

  it('never grants more than a server was trusted with', async () => {
    const { shop, newClient, failed, contactsWith } = partners
    const plain = await newClient({ name: 'Plain', scopes: [] })
    const input = { ...somebody(), purposes: [newsletter], evidence }
    expect(await failed('give', input, plain.server)).toMatchObject({
      code: 'FORBIDDEN',
      denied: [{ right: 'consent.attest' }],
    })
    expect(await failed('give', input, shop.page)).toMatchObject({ code: 'FORBIDDEN' })
    expect(await failed('give', input, {})).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(await contactsWith(input.person.email)).toEqual([])
    const asStaff = {
      person: { contactId: Buffer.from(`Contact:${randomUUID()}`).toString('base64') },
      purposes: [newsletter],
    }
    expect(await failed('give', asStaff, shop.server)).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('is bound to the origins of its pages, as their browsers know too', async () => {
    const { shop, failed, send, app, url } = partners
    const input = { ...somebody(), purposes: [newsletter] }
    expect(await failed('give', input, { ...shop.page, page: 'https://evil.example' })).toMatchObject({
      code: 'UNAUTHENTICATED',
    })
    expect(await failed('give', { ...input, page: 'https://evil.example/x' }, shop.page)).toMatchObject({
      code: 'FORBIDDEN',
    })
    expect(await failed('give', { ...input, page: 'javascript:alert(1)' }, shop.page)).toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect((await send('give', input, shop.page)).headers.get('access-control-allow-origin')).toBe(origin)
    const preflight = (from: string) =>
      app.fetch(
        new Request(`${url}/graphql`, {
          method: 'OPTIONS',
          headers: { origin: from, 'access-control-request-method': 'POST' },
        }),
      )
    expect((await preflight(origin)).status).toBe(204)
    expect((await preflight('https://evil.example')).status).toBe(403)
  })
})

describe('a page learns nothing of a person', () => {
  it('neither by the answer nor by what the database is asked', async () => {
    const { shop, done, call, database } = partners
    await done('give', { person: { email: 'known@example.org' }, purposes: [newsletter], evidence }, shop.server)
    const told = async (act: 'give' | 'withdraw', email: string) => {
      const purposes = act === 'give' ? [newsletter, { purpose: 'nothing' }] : ['newsletter', 'nothing']
      const input = { idempotencyKey: randomUUID(), person: { email }, purposes }
      let answered: Awaited<ReturnType<typeof call>> | undefined
      const statements = await statementsOf(async () => {
        answered = await call(queries[act], { input }, shop.page)
      })
      const { data, errors, headers } = answered ?? {}
      const [answer] = Object.values<{ token: string | null }>(data ?? {})
      const names = [...(headers ?? new Headers()).keys()].toSorted()
      // What a process remembers of keys and origins for a second depends on the time, and on nobody.
      const run = statements.flatMap(({ text }) => (text.includes('client_key') ? [] : [text]))
      return { answer: { ...answer, token: answer?.token?.length }, errors, names, run }
    }
    for (const act of ['give', 'withdraw'] as const) {
      await told(act, 'warm@example.org')
      const known = await told(act, 'known@example.org')
      const unknown = await told(act, `unknown-${act}@example.org`)
      expect(known).toEqual(unknown)
      expect(known.errors).toBeUndefined()
      expect(known.run.length).toBeGreaterThan(8)
    }
    // A worker finds out later who is known, and nothing is lost until then, nor done twice.
    expect(await database.consentWish.count()).toBe(3)
    await partners.grantWishes()
    expect(await database.consentWish.count()).toBe(0)
    const mails = await database.outgoingMail.findMany({ where: { kind: 'withdrawal-link' } })
    expect(mails.length).toBe(1) // To the one who is known.
  })

  it('nor by tokens of others, of another client, or of nobody', async () => {
    const { shop, newClient, done, failed, own, states } = partners
    const other = await newClient({ name: 'Foreign' })
    expect(await own(unknownToken)).toEqual([])
    expect(await own('short')).toEqual([])
    for (const token of [unknownToken, 'short', ''])
      expect((await failed('withdraw', { person: { token }, purposes: ['newsletter'] }, shop.page)).code).toBe(
        'LINK_INVALID',
      )
    const { token } = await done('give', { ...somebody(), purposes: [newsletter] }, shop.page)
    expect(await states('withdraw', { person: { token }, purposes: ['surveys', 'newsletter'] }, shop.page)).toEqual([
      'surveys NOT_OF_THIS_REQUEST',
      'newsletter WITHDRAWN',
    ])
    expect(await own(token)).toEqual([])
    const { token: another } = await done('give', { ...somebody(), purposes: [newsletter] }, shop.page)
    expect((await failed('fields', { person: { token: another }, fields: [] }, other.page)).code).toBe('LINK_INVALID')
    const said = { person: { email: 'known@example.org' }, purposes: [{ purpose: 'newsletter' }] }
    expect((await failed('refuse', said, shop.page)).faults[0].field).toBe('input.person.email')
  })
})

describe('the link of a mail', () => {
  it('works once, not for what was withdrawn meanwhile, and not when it is over', async () => {
    const { shop, done, failed, linkOf, states, database, work, contactsWith } = partners
    const ask = async () => {
      const about = somebody()
      const { token } = await done('give', { ...about, purposes: [{ purpose: 'surveys' }] }, shop.page)
      return { ...about, token, email: about.person.email, link: await linkOf(about.person.email) }
    }
    const used = await ask()
    expect(await states('confirm', { token: used.link }, {})).toEqual(['surveys GIVEN'])
    expect(await failed('confirm', { token: used.link }, {})).toMatchObject({
      code: 'LINK_INVALID',
      documentation: expect.stringContaining('#LINK_INVALID'),
    })
    expect(await failed('confirm', { token: used.token }, {})).toMatchObject({ code: 'LINK_INVALID' })

    const withdrawn = await ask()
    await done('withdraw', { person: withdrawn.person, purposes: ['surveys'] }, shop.server)
    expect(await failed('confirm', { token: withdrawn.link }, {})).toMatchObject({ code: 'LINK_INVALID' })

    const late = await ask()
    await database.$executeRaw`UPDATE consent_request SET expires_at = now() - interval '1 second' WHERE token_hash = ${createHash('sha256').update(late.token).digest('hex')}`
    expect(await failed('confirm', { token: late.link }, {})).toMatchObject({ code: 'LINK_INVALID' })
    await forgetExpired({ ...work, requestId: randomUUID() })
    expect(await database.consentRequest.count({ where: { expiresAt: { lte: new Date() } } })).toBe(0)
    expect(await contactsWith(late.email)).toEqual([])

    const twice = await ask()
    const answers = await Promise.all([1, 2, 3].map(() => partners.send('confirm', { token: twice.link }, {})))
    expect(answers.filter(({ errors }) => !errors).length).toBe(1)
    expect((await contactsWith(twice.email)).length).toBe(1)
  })
})

describe('what waits to be confirmed', () => {
  const from = { address: '192.0.2.7' }
  const ask = async (email: string, fields: object[] = [], client = partners.shop) => {
    const { token } = await partners.done(
      'give',
      { person: { email }, purposes: [{ purpose: 'surveys' }], fields },
      { ...client.page, ...from },
    )
    return { token, link: await partners.linkOf(email) }
  }

  it('goes with whoever is erased, and so does what was typed to withdraw', async () => {
    const { shop, done, failed, database, erase, contactsWith } = partners
    const email = 'gone@example.org'
    await done('give', { person: { email }, purposes: [{ purpose: 'surveys' }], evidence }, shop.server)
    const { link } = await ask('GONE@example.org')
    const { link: kept } = await ask('stays@example.org')
    await done('withdraw', { person: { email }, purposes: ['surveys'] }, { ...shop.page, ...from })
    const [requests, wishes] = [await database.consentRequest.count(), await database.consentWish.count()]
    const [contactId = ''] = await contactsWith(email)
    await erase(contactId)
    expect(await database.consentRequest.count()).toBe(requests - 1)
    expect(await database.consentWish.count()).toBe(wishes - 1)
    expect(await failed('confirm', { token: link }, from)).toMatchObject({ code: 'LINK_INVALID' })
    expect((await done('confirm', { token: kept }, from)).outcomes).toMatchObject([{ state: 'GIVEN' }])
  })

  it('is over, clearly, when the secret of the installation was changed', async () => {
    const { failed, database, logged, work, app, url } = partners
    const { token, link } = await ask('secret@example.org')
    const [row] = await database.consentRequest.findMany({
      where: { tokenHash: createHash('sha256').update(token).digest('hex') },
    })
    const id = row?.id ?? ''
    const content = Buffer.from(createSecrets(Buffer.from('x'.repeat(32))).seal(`consent_request.content ${id}`, '{}'))
    await database.consentRequest.update({ where: { id }, data: { content } })
    expect(await failed('confirm', { token: link }, from)).toMatchObject({ code: 'LINK_INVALID' })
    expect(await failed('withdraw', { person: { token }, purposes: ['surveys'] }, from)).toMatchObject({
      code: 'LINK_INVALID',
    })
    expect((await app.fetch(new Request(`${url}/consent?t=${link}`))).status).toBe(410)
    expect(logged.some(({ consentRequest, level }) => consentRequest === id && level === 40)).toBe(true)
    const requestId = randomUUID()
    const wish = { id: requestId, personHash: 'x', content, dueAt: new Date(0), expiresAt: new Date(Date.now() + 1e6) }
    await database.consentWish.create({ data: wish })
    await partners.grantWishes()
    expect(await database.consentWish.count({ where: { id: requestId } })).toBe(0)
    expect(work.mail).toBe(false)
  })

  it('needs what a new contact has to have from the start, of those who are known, too; nobody is stopped afterwards', async () => {
    const { newClient, ask: asAdministrator, done, failed, contactsWith, database } = partners
    const define = 'mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }'
    const field = (key: string, rest = {}) => ({
      ...{ key, kind: 'TEXT', labels: [{ language: 'en', text: key }], category: 'contact', purpose: 'orders' },
      ...{ retentionClass: 'telephone-advertising-consent', partners: 'FILL', ...rest },
    })
    await asAdministrator(define, { input: field('size') })
    await asAdministrator(define, { input: field('number', { unique: true }) })
    await asAdministrator(define, { input: field('foreign', { required: true }) })
    const form = await newClient({ name: 'Form', scopes: ['fields.size', 'fields.number', 'consent.attest'] })
    const said = (key: string, text: string) => ({ key, value: { text } })
    const asked = async (email: string, given: object[]) => {
      const input = { person: { email }, purposes: [surveys], fields: given }
      return (await failed('give', input, { ...form.page, ...from }))?.faults?.map(
        ({ field: name }: { field: string }) => name,
      )
    }
    const surveys = { purpose: 'surveys' }
    // What its scopes don't name binds others.
    const early = await ask('early@example.org', [said('size', 'L'), said('number', '7')], form)
    const late = await ask('late@example.org', [said('size', 'M'), said('number', '7')], form)
    await asAdministrator('mutation ($input: UpdateFieldInput!) { updateField(input: $input) { key } }', {
      input: { key: 'size', required: true },
    })
    expect(await asked('new@example.org', [said('number', '8')])).toEqual(['input.fields.size'])
    await done('confirm', { token: early.link }, from)
    await asAdministrator('mutation { retireField(key: "size") { key } }')
    await done('confirm', { token: late.link }, from)
    const fieldsOf = async (email: string) => {
      const [id = ''] = await contactsWith(email)
      return (await database.contact.findUniqueOrThrow({ where: { id } })).customFields
    }
    expect(await fieldsOf('early@example.org')).toEqual({ size: 'L', number: '7' })
    // The number is somebody else's, and the size is not asked for any more: the person still said yes.
    expect(await fieldsOf('late@example.org')).toEqual({})
  })
})

describe('form spam', () => {
  it('that fills in the honeypot is answered like success, and counted; nothing happens', async () => {
    const { shop, send, ask, own, linkOf } = partners
    const about = somebody()
    const input = { ...about, idempotencyKey: 'spam', purposes: [newsletter], honeypot: 'x' }
    const { data, errors } = await send('give', input, shop.page)
    expect(errors).toBeUndefined()
    expect(data.giveConsent).toEqual({
      token: expect.stringMatching(/^[\w-]{43}$/),
      outcomes: [
        { purpose: 'newsletter', state: 'PENDING_CONFIRMATION', error: null, record: null, recordPayload: null },
      ],
    })
    expect((await send('give', input, shop.page)).data).toEqual(data)
    expect(await own(data.giveConsent.token)).toEqual([])
    expect(await linkOf(about.person.email)).toBe('')
    expect(await ask('query ($id: ID!) { node(id: $id) { ... on Client { trappedForms } } }', { id: shop.id })).toEqual(
      { trappedForms: 2 },
    )
  })

  it('has to work for each call, where its client asks for that', async () => {
    const { newClient, ask, call, failed, states } = partners
    const guarded = await newClient({ name: 'Guarded' })
    const lax = await newClient({ name: 'Lax' })
    const protect = 'mutation ($c: ID!, $w: Int!) { protectClient(client: $c, proofOfWork: $w) { proofOfWork } }'
    for (const client of [guarded, lax]) await ask(protect, { c: client.id, w: client === guarded ? 8 : 2 })
    const challenge = async (caller = guarded.page): Promise<{ challenge: string; difficulty: number }> =>
      (await call('{ consentChallenge { challenge difficulty } }', {}, caller)).data.consentChallenge
    const give = (proofOfWork?: string) => ({
      ...somebody(),
      purposes: [newsletter],
      ...(proofOfWork && { proofOfWork }),
    })
    const refused = async (proof?: string) => (await failed('give', give(proof), guarded.page))?.code
    const one = await challenge()
    expect(one.difficulty).toBe(8)
    const proof = solved(one)
    expect(await states('give', give(proof), guarded.page)).toEqual(['newsletter PENDING_CONFIRMATION'])
    const [text = ''] = proof.split(':')
    const longer = text.replace(/\d{13}/, (moment) => String(Number(moment) + 60_000))
    const wrong = [
      undefined,
      proof,
      '',
      ':',
      `${one.challenge}:x`,
      solved(await challenge(), false),
      solved({ ...one, challenge: longer }),
      solved(await challenge(lax.page)),
      'a'.repeat(5000),
    ]
    for (const given of wrong) expect([given, await refused(given)]).toEqual([given, 'PROOF_OF_WORK_NEEDED'])
    expect(await states('give', give(), guarded.server)).toEqual(['newsletter PENDING_CONFIRMATION']) // Servers have no forms.
  })

  it('can’t flood a mailbox, and is not told so', async () => {
    const { shop, done, queued } = partners
    const about = { person: { email: 'flooded@example.org' }, purposes: [newsletter] }
    const calls = []
    for (const _ of Array(8)) calls.push(await done('give', about, shop.page))
    expect(new Set(calls.map(({ outcomes }) => JSON.stringify(outcomes))).size).toBe(1)
    expect((await queued()).filter(({ to }) => to === 'flooded@example.org').length).toBe(5)
  })

  it('is limited by the client’s keys and by the origin that the browser tells, whatever the caller says', async () => {
    const { newClient, send, database, work } = partners
    const busy = await newClient({ name: 'Busy' })
    const other = await newClient({ name: 'Other' })
    const code = async (caller: object) =>
      (await send('give', { ...somebody(), purposes: [{ purpose: 'surveys' }] }, caller)).errors?.[0].extensions.code
    /** As after so many calls more than are let through. */
    const full = async (key: string, level: number) =>
      database.$executeRaw`
        INSERT INTO attempt_level (key, level, updated_at, blocked_until) VALUES (${key}, ${level}, now(), now())
        ON CONFLICT (key) DO UPDATE SET level = excluded.level, updated_at = now(), blocked_until = now()`
    const clear = () => database.$executeRaw`DELETE FROM attempt_level WHERE key LIKE 'consent:%'`
    const callers = [busy.page, busy.server, other.page, other.server]
    const codes = () => Promise.all(callers.map(code))
    expect(await codes()).toEqual([undefined, undefined, undefined, undefined])
    const clientId = Buffer.from(busy.id, 'base64').toString().split(':')[1]
    await full(`consent:client:${clientId}`, 1_000_000)
    expect(await codes()).toEqual(['TOO_MANY_ATTEMPTS', 'TOO_MANY_ATTEMPTS', undefined, undefined])
    await clear()
    // No page is named in these calls.
    await full(`consent:origin:${work.secrets.fingerprint('consent address', origin)}`, 1_000_000)
    expect(await codes()).toEqual(['TOO_MANY_ATTEMPTS', undefined, 'TOO_MANY_ATTEMPTS', undefined])
    await clear()
  })

  it('is limited as the operator says: mails to a person, calls of a page, whatever page it names', async () => {
    const { newClient, send, failed, done, queued, config } = partners
    const before = { ...config.consent }
    const other = await newClient({ name: 'Limited' })
    const page = (address: string) => ({ ...other.page, address })
    Object.assign(config.consent, { mails: 2, pageRate: 0.05, addressRate: 1000 })
    try {
      const about = { person: { email: 'twice@example.org' }, purposes: [{ purpose: 'surveys' }] }
      // Three a minute of one origin, of which others have used some by now.
      const codes = []
      for (const at of ['192.0.2.21', '192.0.2.22', '192.0.2.23', '192.0.2.24'])
        codes.push((await send('give', about, page(at))).errors?.[0].extensions.code)
      expect(codes.at(-1)).toBe('TOO_MANY_ATTEMPTS')
      Object.assign(config.consent, { pageRate: 1000 })
      await done('give', about, page('192.0.2.25'))
      await done('give', about, page('192.0.2.26'))
      expect((await queued()).filter(({ to }) => to === 'twice@example.org').length).toBe(2)
      Object.assign(config.consent, { addressRate: 0.1 })
      await done('give', about, page('192.0.2.27'))
      expect((await failed('give', about, page('192.0.2.27'))).code).toBe('TOO_MANY_ATTEMPTS')
    } finally {
      Object.assign(config.consent, before)
    }
  })

  it('is limited by address, of IPv6 by its /64', async () => {
    const { shop, send } = partners
    const from = (address: string) => ({ ...shop.page, address })
    const answers = []
    for (let index = 0; index < 62; index++)
      answers.push(
        await send(
          'withdraw',
          { person: { token: unknownToken }, purposes: ['newsletter'] },
          from(`2001:db8:1:2::${index.toString(16)}`),
        ),
      )
    const codes = answers.map(({ errors }) => errors?.[0].extensions.code)
    expect(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS').length).toBeGreaterThan(0)
    expect(codes.filter((code) => code === 'LINK_INVALID').length).toBeGreaterThanOrEqual(60)
    expect(answers.at(-1)?.errors?.[0].extensions).toMatchObject({
      retryAfter: expect.any(Number),
      documentation: expect.any(String),
    })
    const elsewhere = await send(
      'withdraw',
      { person: { token: unknownToken }, purposes: ['x'] },
      from('2001:db8:1:3::1'),
    )
    expect(elsewhere.errors?.[0].extensions.code).toBe('LINK_INVALID')
  })
})

describe('hostile input', () => {
  it('is refused or kept apart, and breaks nothing', async () => {
    const { shop, failed, states, done, contactsWith } = partners
    const with_ = (change: object) => ({ ...somebody(), purposes: [newsletter], evidence, ...change })
    const invalid = [
      { person: { email: 'a\u0000@example.org' } },
      { person: { email: 'a\u202Eb@example.org' } },
      { person: { email: 'a b@example.org' } },
      { person: { email: `${'a'.repeat(65)}@example.org` } },
      { person: { email: 'victim@example.org\r\nBcc: all@example.org' } },
      { givenName: 'A\u0000' },
      { familyName: 'x'.repeat(201) },
      { idempotencyKey: '' },
      { idempotencyKey: 'k'.repeat(201) },
      { idempotencyKey: 'a\u0000b' },
      { purposes: [] },
      { purposes: Array.from({ length: 51 }, () => newsletter) },
      { evidence: { kind: 'FORM', text: ' ' } },
      { page: `https://shop.example/${'x'.repeat(3000)}` },
      { person: { token: unknownToken } },
    ]
    for (const change of invalid)
      expect([change, (await failed('give', with_(change), shop.server))?.code]).toEqual([change, 'INVALID_INPUT'])
    expect(await states('give', with_({ purposes: [{ purpose: 'a\u0000\u202E' }] }), shop.server)).toEqual([
      'a\u0000\u202E PURPOSE_NOT_ALLOWED',
    ])
    expect(await states('withdraw', { ...somebody(), purposes: ['\u0000'] }, shop.server)).toEqual([
      '\u0000 PURPOSE_NOT_ALLOWED',
    ])

    // Letters that look alike, and tags, are other addresses; the case of letters is not.
    const addresses = ['pay@example.org', 'PAY@Example.org', 'pay+news@example.org', 'pay@ехample.org']
    for (const email of addresses)
      await done('give', { person: { email }, purposes: [newsletter], evidence }, shop.server)
    const ids = await Promise.all(['pay@example.org', 'pay+news@example.org', 'pay@ехample.org'].map(contactsWith))
    expect(ids.map((found) => found.length)).toEqual([1, 1, 1])
    expect(new Set(ids.flat()).size).toBe(3)
  })
})

it('tells a partner whatever is refused with a code, and a link to what it means', async () => {
  const { shop, call, url, app } = partners
  const offers = '{ consentOffers { purpose } }'
  const refused = [
    await call(offers, {}, { key: `${shop.page.key}x`, page: origin }),
    await call(offers, {}, { ...shop.page, page: 'https://evil.example' }),
    await call(offers, {}, { key: shop.page.key ?? '' }),
    await call(offers, {}, { ...shop.server, page: origin }),
    await call('{ contacts { totalCount } }', {}, shop.page),
    await call('{ nothing }', {}, shop.server),
    await call('{', {}, shop.server),
    await call('query ($t: String!) { ownConsents(token: $t) { purpose } }', { t: 1 }, shop.page),
    await call('mutation ($i: GiveConsentInput!) { giveConsent(input: $i) { token } }', { i: {} }, shop.page),
    await call(`{ ${'a: __typename '.repeat(200)} }`, {}, shop.page),
  ]
  const page = await (await app.fetch(new Request(`${url}/consent-problems`))).text()
  for (const { errors } of refused) {
    const { code, documentation } = errors?.[0].extensions ?? {}
    expect([code, documentation]).toEqual([expect.any(String), `${url}/consent-problems#${code}`])
    expect(page).toContain(`id="${code}"`)
  }
  // People have their own explanations.
  expect((await call('{ nothing }', {})).errors?.[0].extensions).not.toHaveProperty('documentation')
})

it('explains every code on a page of its own', async () => {
  const page = await (await partners.app.fetch(new Request(`${partners.url}/consent-problems`))).text()
  for (const code of ['NOTICE_OUTDATED', 'IDEMPOTENCY_KEY_REUSED', 'PROOF_OF_WORK_NEEDED'])
    expect(page).toContain(`id="${code}"`)
})

/** The work of a page; or, if it is not to be right, a number that does not solve it. */
function solved({ challenge, difficulty }: { challenge: string; difficulty: number }, rightly = true): string {
  for (let number = 0; ; number++) {
    const hash = createHash('sha256').update(`${challenge}:${number}`).digest()
    if ((hash.readUInt32BE() >>> (32 - difficulty) === 0) === rightly) return `${challenge}:${number}`
  }
}
