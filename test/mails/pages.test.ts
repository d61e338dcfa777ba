import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLink, linkUrl } from '../../src/modules/mails/links.ts'
import { unsubscribeLink } from '../../src/modules/mails/unsubscribe-link.ts'
import { ask, expire } from './asking.ts'
import { formBody, globalId, type Mailroom, openMailroom } from './support.ts'

let room: Mailroom
beforeAll(async () => {
  room = await openMailroom()
})
afterAll(() => room.close())

const tokenIn = (url: string) => new URL(url).searchParams.get('t') ?? ''

const read = async (url: string, init?: RequestInit) => {
  const response = await room.http(url, init)
  return { status: response.status, text: await response.text(), headers: response.headers }
}

/** Sends the form of a page, and follows where that leads. */
async function send(url: string, fields: Record<string, string> | string[][]) {
  const { pathname, search } = new URL(url)
  const t = ['t', tokenIn(url)]
  const response = await room.http(
    pathname + search,
    formBody([t, ...(Array.isArray(fields) ? fields : Object.entries(fields))]),
  )
  const location = response.headers.get('location')
  const text = await response.text()
  return { status: response.status, text, next: location ? await read(location) : undefined }
}

const oneClick = formBody({ 'List-Unsubscribe': 'One-Click' })

const unsubscribe = (contactId: string, purpose: string | string[]) =>
  room.inTurn((tx, context) => unsubscribeLink(tx, context, { contactId, purpose })).then(({ url }) => url)

describe('looking', () => {
  test('a thousand times at every link of every mail changes nothing', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    const links = [await ask(room, ['newsletter', 'surveys']), await room.newsletter(ida)]
    const before = await room.snapshot()
    const looks: RequestInit[] = [
      {},
      { method: 'HEAD' },
      { headers: { purpose: 'prefetch', 'sec-purpose': 'prefetch;prerender' } },
      { headers: { 'user-agent': 'Mail scanner', cookie: '__Host-session=nonsense' } },
      { method: 'OPTIONS', headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' } },
    ]
    for (const link of links) {
      for (let round = 0; round < 20; round++) {
        const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => room.http(link, looks[n % 5])))
        expect(answers.map(({ status }) => status)).toEqual(Array(10).fill([200, 200, 200, 200, 405]).flat())
      }
    }
    expect(await room.snapshot()).toEqual(before)
  }, 120_000)

  test('shows a page that loads nothing, is kept by nobody, and runs no script', async () => {
    for (const link of [await ask(room, ['newsletter']), 'https://x.example/unsubscribe?t=none']) {
      const { headers, text } = await read(link)
      expect(headers.get('content-security-policy')).toMatch(
        /default-src 'none'; script-src 'none'; style-src 'sha256-/,
      )
      expect(headers.get('content-security-policy')).toMatch(/form-action 'self'; frame-ancestors 'none'/)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(text).not.toMatch(/<script|src=|@import|url\(|href="http/)
      expect(text).toContain('Musterfirma GmbH\nHauptstraße 1')
    }
  })

  test('shows markup in texts as text', async () => {
    expect((await read(await ask(room, ['newsletter'], { language: 'en' }))).text).toContain(
      'We write &lt;once&gt; a month.',
    )
    const { text } = await read(`/consent?t=${encodeURIComponent('"><script>alert(1)</script>')}&lang=xx`)
    expect(text).not.toContain('<script')
  })
})

describe('the page of a request', () => {
  test('wants a decision on each purpose, and has made none beforehand', async () => {
    const link = await ask(room, ['newsletter', 'surveys'], { language: 'en' })
    expect((await read(link)).text).not.toContain('checked')
    const half = await send(link, { 'purpose.newsletter': 'yes' })
    expect(half.status).toBe(400)
    expect(half.text).toMatch(/role="alert".*Please decide on each purpose.*href="#yes-surveys"/s)
    expect(half.text).toMatch(/id="yes-newsletter"[^>]* checked/)
    const both = await send(link, { 'purpose.newsletter': 'yes', 'purpose.surveys': 'no' })
    expect(both.status).toBe(303)
    expect(both.next?.text).toMatch(/Newsletter<\/span> <strong>You consented.*Surveys<\/span> <strong>You said no/s)
  })

  test('works once: of twenty who decide at the same time, one does', async () => {
    const link = await ask(room, ['newsletter'])
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => send(link, { all: index % 2 ? 'yes' : 'no' })),
    )
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
    const pages = new Set((await Promise.all([read(link), read(link)])).map(({ text }) => text))
    expect(pages.size).toBe(1)
    expect([...pages].join()).toMatch(/Ihre Entscheidung ist eingetragen/)
  })

  test('lets a mail program refuse everything at once, and never consent', async () => {
    const link = await ask(room, ['newsletter', 'surveys'], { language: 'en' })
    const fields = { 'List-Unsubscribe': 'One-Click', 'purpose.newsletter': 'yes', all: 'yes' }
    expect((await read(link, formBody(fields))).status).toBe(200)
    expect((await read(link)).text).not.toContain('You consented')
    expect((await read(link, oneClick)).status).toBe(410)
  })

  test('says what to do when the link has expired', async () => {
    const link = await ask(room, ['newsletter'])
    await expire(room, link)
    for (const answer of [await read(link), await send(link, { all: 'yes' })]) {
      expect(answer.status === 410 || answer.status === 200).toBe(true)
      expect(answer.text).toMatch(/Er ist zu alt.*füllen Sie das Formular auf der Website noch einmal aus/s)
    }
  })

  test('takes no token of another kind, and none that is not one', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    const tokens = [
      '',
      'x',
      randomBytes(32).toString('base64url'),
      tokenIn(await unsubscribe(ida.id, 'newsletter')),
      '../../etc/passwd',
      'ä'.repeat(43),
      'a'.repeat(60_000),
    ]
    for (const t of tokens) {
      expect((await read('/consent', formBody({ t, all: 'yes' }))).status).toBe(404)
      if (t.length < 100) expect((await read(`/consent?${new URLSearchParams({ t })}`)).status).toBe(404)
    }
    expect(await room.mayProcess(ida.id, 'newsletter')).toBe(true)
  })
})

describe('the page to unsubscribe', () => {
  test('withdraws consent in the person’s own name, and says so to every later look', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    await room.ground(ida.id, 'surveys')
    const link = await room.newsletter(ida)
    expect((await read(link, { headers: { 'accept-language': 'de' } })).text).toMatch(
      /Rundbrief.*<button>Verwendung beenden/s,
    )
    const { status, next } = await send(link, { purpose: 'newsletter' })
    expect([status, next?.status]).toEqual([303, 200])
    expect(next?.text).toMatch(/no longer used for:.*Newsletter/s)
    expect(await room.mayProcess(ida.id, 'newsletter')).toBe(false)
    expect(await room.mayProcess(ida.id, 'surveys')).toBe(true)
    expect((await room.events(ida.id)).at(-1)).toEqual({
      ...{ kind: 'withdrawn', purpose: 'newsletter', source: 'unsubscribe page' },
      ...{ actorKind: 'contact', actorId: ida.id },
    })
    const entries = await room.database.auditEntry.findMany({
      where: { contactId: ida.id, operation: 'withdrawConsent' },
    })
    expect(new Set(entries.map(({ actorKind, actorId }) => `${actorKind} ${actorId}`))).toEqual(
      new Set([`contact ${ida.id}`]),
    )
    // What waited for it is cancelled, and that it ended is confirmed.
    expect((await room.mailsTo(ida.id)).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'newsletter cancelled',
      'withdrawn queued',
    ])
  })

  test.each(['application/x-www-form-urlencoded', 'multipart/form-data'])(
    'does it at once for a mail program (%s), once however often that asks',
    async (type) => {
      const ida = await room.person()
      await room.ground(ida.id, 'newsletter')
      const link = await unsubscribe(ida.id, 'newsletter')
      const body = new FormData()
      body.append('List-Unsubscribe', 'One-Click')
      const request = () => (type === 'multipart/form-data' ? { method: 'POST', body } : oneClick)
      const answers = await Promise.all(Array.from({ length: 10 }, () => read(link, request())))
      expect(answers.map(({ status, text }) => `${status} ${text}`)).toEqual(Array(10).fill('200 Unsubscribed.\n'))
      expect((await room.events(ida.id)).map(({ kind }) => kind)).toEqual(['given', 'withdrawn'])
    },
  )

  test('works in an old mail too, when consent was given anew', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    const link = await unsubscribe(ida.id, 'newsletter')
    await read(link, oneClick)
    await room.ground(ida.id, 'newsletter')
    expect(await unsubscribe(ida.id, 'newsletter')).toBe(link)
    await read(link, oneClick)
    expect(await room.mayProcess(ida.id, 'newsletter')).toBe(false)
  })

  test('objects where it rests on legitimate interests, and leaves contracts alone', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'surveys', 'LEGITIMATE_INTERESTS')
    await room.ground(ida.id, 'orders', 'CONTRACT')
    await read(await unsubscribe(ida.id, ['surveys', 'orders']), oneClick)
    expect((await room.events(ida.id)).map(({ kind, purpose }) => `${kind} ${purpose}`)).toEqual([
      'given surveys',
      'given orders',
      'objected surveys',
    ])
    const { text } = await read(await unsubscribe(ida.id, ['surveys', 'orders']), {
      headers: { 'accept-language': 'en' },
    })
    expect(text).toMatch(/no longer used for:.*Surveys.*on another ground.*Orders/s)
    expect((await read(await unsubscribe(ida.id, ['orders']))).text).toMatch(/<h1>Nothing to end here/)
  })

  test('ends direct marketing whatever it rests on, a contract too', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter', 'CONTRACT')
    await read(await unsubscribe(ida.id, 'newsletter'), oneClick)
    expect((await room.events(ida.id)).map(({ kind }) => kind)).toEqual(['given', 'objected'])
    expect(await room.mayProcess(ida.id, 'newsletter')).toBe(false)
  })

  test('ends what waits, begins later or counts for nothing at the moment, so that it does not come back', async () => {
    const [asked, later, child, lapsed] = [
      await room.person(),
      await room.person(),
      await room.person(),
      await room.person(),
    ]
    const record = (contact: { id: string }, changes: object) =>
      room.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
        input: { contactId: globalId(contact.id), purpose: 'surveys', ground: 'CONSENT', ...changes },
      })
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
    await record(asked, { pending: true })
    await record(later, { validFrom: day(1) })
    await record(child, {})
    await room.ask('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }', {
      input: { id: globalId(child.id), version: 1, birthDate: day(-5 * 365).slice(0, 10) },
    })
    await record(lapsed, { givenAt: day(-3), validUntil: day(-1) })
    for (const { id } of [asked, later, child, lapsed]) {
      expect(await room.mayProcess(id, 'surveys')).toBe(false)
      const link = await unsubscribe(id, 'surveys')
      for (let time = 0; time < 2; time++) expect((await read(link, oneClick)).status).toBe(200)
      const kinds = (await room.events(id)).map(({ kind }) => kind)
      expect(kinds.slice(1)).toEqual(['withdrawn'])
    }
  })

  test('ends what is chosen of several, and wants something chosen', async () => {
    const ida = await room.person()
    for (const purpose of ['newsletter', 'surveys']) await room.ground(ida.id, purpose)
    const link = await unsubscribe(ida.id, ['newsletter', 'surveys'])
    const none = await send(link, {})
    expect([none.status, /role="alert"/.test(none.text)]).toEqual([400, true])
    const { next } = await send(link, [
      ['purpose', 'surveys'],
      ['purpose', 'orders'],
      ['purpose', 'marketing'],
    ])
    // What has ended is said, and the rest can be ended still.
    expect(next?.text).toMatch(/no longer used for:.*Surveys.*name="purpose" value="newsletter"/s)
    expect((await room.events(ida.id)).slice(2).map(({ kind, purpose }) => `${kind} ${purpose}`)).toEqual([
      'withdrawn surveys',
    ])
  })

  test('uses a link that was asked for up', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    const link = await withdrawal(ida.id)
    expect((await send(link, { purpose: 'newsletter' })).next?.text).toMatch(/no longer used/)
    expect(await room.mailsTo(ida.id)).toMatchObject([{ kind: 'withdrawn', purposes: [], state: 'queued' }])
    await room.ground(ida.id, 'newsletter')
    expect((await read(link, oneClick)).status).toBe(410)
    expect((await send(link, { purpose: 'newsletter' })).text).toMatch(/was used already/)
    expect(await room.mayProcess(ida.id, 'newsletter')).toBe(true)
  })

  test('works for who was merged into another, and not for who was erased', async () => {
    const [ida, into, gone] = [await room.person(), await room.person(), await room.person()]
    const links = []
    for (const { id } of [ida, gone]) {
      await room.ground(id, 'newsletter')
      links.push(await unsubscribe(id, 'newsletter'))
    }
    const input = { targetId: globalId(into.id), version: 1, sourceIds: [globalId(ida.id)] }
    await room.ask('mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { id } }', { input })
    await room.erase(gone.id)
    expect(await room.mayProcess(into.id, 'newsletter')).toBe(true)
    expect((await Promise.all(links.map((link) => read(link, oneClick)))).map(({ status }) => status)).toEqual([
      200, 410,
    ])
    expect(await room.mayProcess(into.id, 'newsletter')).toBe(false)
  })

  test('refuses what is no form, or too large a one', async () => {
    const post = (type: string, body: string) =>
      read('/unsubscribe', { method: 'POST', headers: { 'content-type': type }, body }).then(({ status }) => status)
    expect(await post('application/json', '{"List-Unsubscribe":"One-Click"}')).toBe(415)
    expect(await post('text/plain', 'List-Unsubscribe=One-Click')).toBe(415)
    expect(await post('application/x-www-form-urlencoded', 'a='.padEnd(70_000, 'a'))).toBe(413)
    expect(await post('multipart/form-data; boundary=x', 'nonsense')).toBe(400)
    expect(await post('multipart/form-data', 'nonsense')).toBe(400)
  })
})

describe('createUnsubscribeLink', () => {
  const mutation = `mutation ($input: CreateUnsubscribeLinkInput!) { createUnsubscribeLink(input: $input) {
    url expiresAt headers { name value } } }`
  const create = (contactId: string, purpose = 'newsletter') =>
    room.tell(mutation, { input: { contactId: globalId(contactId), purpose } })

  test('gives the link and both headers, the same for every mail', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    const { data } = await create(ida.id)
    const { url, headers, expiresAt } = data.createUnsubscribeLink
    expect(url).toMatch(/^https:\/\/localhost:\d+\/unsubscribe\?t=[\w-]{43}$/)
    expect(headers).toEqual([
      { name: 'List-Unsubscribe', value: `<${url}>` },
      { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
    ])
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 365 * 86_400_000)
    expect((await create(ida.id)).data.createUnsubscribeLink.url).toBe(url)
    expect(await room.database.contactLink.count({ where: { contactId: ida.id } })).toBe(1)
    const dump = JSON.stringify(await room.database.contactLink.findMany({ where: { contactId: ida.id } }))
    expect(dump).not.toContain(tokenIn(url))
  })

  test('is for servers of partners whose scopes give it', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    const input = { name: 'Newsletter program', kind: 'PARTNER', origins: ['https://shop.example'] }
    const creation = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }'
    const c = (await room.ask(creation, { input })).createClient.id
    const make = 'mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key } }'
    const { key } = (await room.ask(make, { c })).createClientKey
    const call = async () => {
      const { data, errors } = await room.tell(
        mutation,
        { input: { contactId: globalId(ida.id), purpose: 'newsletter' } },
        key,
      )
      return errors?.[0]?.extensions.code ?? data.createUnsubscribeLink.url
    }
    expect(await call()).toBe('FORBIDDEN')
    const grant = 'mutation ($c: ID!) { grantScope(client: $c, right: "mails.links", read: true, write: true) { id } }'
    await room.ask(grant, { c })
    await expect.poll(call, { timeout: 5000 }).toMatch(/unsubscribe/)
  })

  test('is refused for who may not be written to, and for who is not there', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'orders', 'CONTRACT')
    for (const purpose of ['newsletter', 'orders', 'nonsense']) {
      expect((await create(ida.id, purpose)).errors?.[0]?.extensions.code).toBe('INVALID_INPUT')
    }
    expect((await create('018f0000-0000-7000-8000-000000000000')).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    const input = { contactId: globalId(ida.id), purpose: 'newsletter' }
    expect((await room.tell(mutation, { input }, '')).errors?.[0]?.extensions.code).toMatch(/UNAUTHENTICATED|FORBIDDEN/)
  })
})

/** The link by which a contact confirms a withdrawal that somebody asked for. */
function withdrawal(contactId: string): Promise<string> {
  return room.inTurn(async (tx, context) => {
    const expiresAt = new Date(Date.now() + 3_600_000)
    const token = await createLink(tx, { kind: 'withdraw', contactId, purposes: ['newsletter'], expiresAt })
    return linkUrl(context, '/unsubscribe', token)
  })
}
