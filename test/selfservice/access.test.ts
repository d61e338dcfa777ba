import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { statementsOf } from '../contacts/lists-support.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { browse, codeIn, type Desk, formIn, linkIn, openDesk, wordsOf } from './support.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk?.close())

const create =
  'mutation ($input: CreateSelfServiceLinkInput!) { createSelfServiceLink(input: $input) { url expiresAt } }'
const sessionName = '__Host-lethe-my'

describe('a link', () => {
  it('is mailed to the contact, and lets in once, by a POST', async () => {
    const { id, uuid, email } = await desk.person()
    const { createSelfServiceLink } = await desk.ask(create, { input: { contactId: id } })
    expect(createSelfServiceLink.url).toBeNull()
    const [mail] = await desk.server.takesFor(email)
    const link = linkIn(mail as never)
    const scanner = browse(desk)
    for (let time = 0; time < 5; time++) {
      expect((await scanner.get(link)).status).toBe(200)
      expect((await scanner.send(link, { method: 'HEAD' })).status).toBe(200)
      expect((await scanner.send(link, { method: 'OPTIONS' })).status).toBe(405)
    }
    expect(scanner.cookies.size).toBe(0)
    expect(await desk.database.selfServiceSession.count({ where: { contactId: uuid } })).toBe(0)

    const reader = browse(desk)
    const page = await reader.enter(link)
    expect(page.status).toBe(200)
    expect(wordsOf(page)).toContain('Ida Muster')
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'none'/)

    const again = browse(desk)
    expect((await again.get(link)).status).toBe(410)
    expect((await again.post('/my/link', { t: new URL(link).searchParams.get('t') ?? '' })).status).toBe(410)
  })

  it('lets in one of many who come at once', async () => {
    const { id, uuid } = await desk.person()
    const t = new URL(await desk.handOver(id)).searchParams.get('t') ?? ''
    const answers = await Promise.all(Array.from({ length: 12 }, () => browse(desk).post('/my/link', { t })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, ...Array(11).fill(410)])
    expect(await desk.database.selfServiceSession.count({ where: { contactId: uuid } })).toBe(1)
  })

  it('is kept as a hash, and stands in no log', async () => {
    const { id, uuid } = await desk.person()
    const token = new URL(await desk.handOver(id)).searchParams.get('t') ?? ''
    const [row] = await desk.database.selfServiceLink.findMany({ where: { contactId: uuid } })
    expect(JSON.stringify(row)).not.toContain(token)
    await browse(desk).get(`/my?t=${token}`)
    expect(JSON.stringify(desk.logged)).not.toContain(token)
  })

  it('is worth nothing once it is withdrawn, replaced, or too old', async () => {
    const { id, uuid } = await desk.person()
    const first = await desk.handOver(id)
    const second = await desk.handOver(id)
    expect((await browse(desk).get(first)).status).toBe(410)
    const reader = browse(desk)
    await reader.enter(second)
    const third = await desk.handOver(id)
    await desk.ask('mutation ($id: ID!) { withdrawSelfServiceLinks(contactId: $id) { id } }', { id })
    expect((await browse(desk).get(third)).status).toBe(410)
    expect(wordsOf(await reader.get('/my'))).toContain('Your e-mail address')
    const fourth = await desk.handOver(id)
    await transact({ ...desk.work, actor: { kind: 'system', id: null } }, 'age', (tx) =>
      tx.selfServiceLink.updateMany({ where: { contactId: uuid }, data: { expiresAt: new Date(Date.now() - 1000) } }),
    )
    expect((await browse(desk).get(fourth)).status).toBe(410)
  })

  it('is refused to callers without the right, and is told to those alone who may hand it over', async () => {
    const { id } = await desk.person()
    expect(await desk.fail(create, { input: { contactId: id } }, 'nobody')).toMatchObject({ code: 'UNAUTHENTICATED' })
    const none = await desk.person({ emails: [] })
    expect(await desk.fail(create, { input: { contactId: none.id } })).toMatchObject({
      code: 'INVALID_INPUT',
      faults: [{ field: 'contactId' }],
    })
  })

  it('does not let whoever handed it over consent, or change anything, in the contact’s place', async () => {
    const { id, uuid } = await desk.person({ language: 'en' })
    const reader = browse(desk)
    const page = await reader.enter(await desk.handOver(id))
    expect(page.body).not.toContain('/my/consent?of=')
    const [notice] = await desk.database.notice.findMany({ where: { purposeKey: 'newsletter', language: 'en' } })
    const fields = { ...formIn(page, '/my/end'), of: 'newsletter', act: 'give', notice: notice?.id ?? '' }
    expect((await reader.post('/my/consent', fields)).status).toBe(404)
    expect(await desk.database.lawfulBasisEvent.count({ where: { contactId: uuid } })).toBe(0)
    const language = await reader.get('/my/correct?of=language')
    const answer = await reader.submit(language, '/my/correct', { language: 'de' })
    expect(wordsOf(answer)).toContain('We look at your correction')
    expect((await desk.database.contact.findUniqueOrThrow({ where: { id: uuid } })).language).toBe('en')
  })
})

describe('a code by mail', () => {
  const ask = async (reader: ReturnType<typeof browse>, email: string) => {
    const answer = await reader.submit(await reader.get('/my'), '/my/code', { email })
    expect(wordsOf(answer)).toContain('eight digits')
    return answer
  }

  it('comes to a known address, and lets in the browser that asked for it', async () => {
    const { email, uuid } = await desk.person()
    const reader = browse(desk)
    const asked = await ask(reader, email.toUpperCase())
    const [mail] = await desk.server.takesFor(email)
    const code = codeIn(mail as never)
    expect(mail?.subject).not.toContain(code)
    const thief = browse(desk)
    await ask(thief, 'somebody-else@example.org')
    const stolen = await thief.post('/my/code/enter', { code })
    expect(stolen.status).toBe(422)
    const page = await reader.submit(asked, '/my/code/enter', { code })
    expect(wordsOf(page)).toContain('What we hold about you')
    const [session] = await desk.database.selfServiceSession.findMany({ where: { contactId: uuid } })
    expect(session?.method).toBe('code')
    const later = browse(desk)
    for (const [name, value] of reader.cookies) if (name !== sessionName) later.cookies.set(name, value)
    expect((await later.post('/my/code/enter', { code })).status).not.toBe(303)
  })

  it('is answered alike for every address, in words and headers', async () => {
    const { email } = await desk.person()
    const answers = []
    for (const address of [email, 'nobody@example.org']) {
      const reader = browse(desk)
      const answer = await reader.post('/my/code', { email: address })
      const page = await reader.get('/my/code')
      const wrong = await reader.post('/my/code/enter', { code: '12345678' })
      answers.push([answer.status, answer.location, page.body, wrong.status, wrong.body, [...reader.cookies.keys()]])
    }
    expect(answers[0]).toEqual(answers[1])
    await desk.server.takesFor(email)
    expect(desk.server.recipients.flat()).not.toContain('nobody@example.org')
  })

  it('that is wrong is judged in the same steps for every address', async () => {
    const { email } = await desk.person()
    const steps: string[][][] = []
    for (const address of [email, 'unknown@example.org']) {
      const own: string[][] = []
      steps.push(own)
      const reader = browse(desk)
      await ask(reader, address)
      await desk.app.finish()
      for (let time = 0; time < 6; time++) {
        const statements = await statementsOf(() => reader.post('/my/code/enter', { code: '00000000' }))
        own.push(statements.flatMap(({ text }) => (/self_service_code|attempt_level/.test(text) ? [text] : [])))
      }
    }
    expect(steps[0]).toEqual(steps[1])
    expect(steps[0]?.every((own) => own.length > 1)).toBe(true)
  })

  it('is answered before anybody looks whether the address is known', async () => {
    const { email } = await desk.person()
    const known = await withClient(ownerOf(desk.config.databaseUrl ?? ''), async (client) => {
      await client.query('BEGIN; LOCK TABLE contact, contact_point IN ACCESS EXCLUSIVE MODE')
      const answer = await browse(desk).post('/my/code', { email })
      await client.query('ROLLBACK')
      return answer
    })
    expect([known.status, known.location]).toEqual([303, '/my/code'])
    expect(await desk.server.takesFor(email)).toHaveLength(1)
  })

  it('is worth nothing after five wrong tries, also of tries that come at once', async () => {
    const { id, email } = await desk.person()
    const reader = browse(desk)
    const asked = await ask(reader, email)
    const [mail] = await desk.server.takesFor(email)
    const code = codeIn(mail as never)
    const wrong = code.startsWith('0') ? '10000000' : '00000000'
    const tries = await Promise.all(Array.from({ length: 12 }, () => reader.post('/my/code/enter', { code: wrong })))
    expect(tries.every(({ status }) => status === 422)).toBe(true)
    expect(wordsOf(await reader.submit(asked, '/my/code/enter', { code }))).toContain('does not work any more')
    await desk.app.finish()
    const { auditLog } = await desk.ask(
      'query ($id: ID!) { auditLog(filter: { contactId: $id }, first: 50) { edges { node { action operation actor { kind } } } } }',
      { id },
    )
    expect(auditLog.edges.map(({ node }: { node: object }) => node)).toContainEqual({
      ...{ action: 'REFUSED', operation: 'openSelfService', actor: { kind: 'ANONYMOUS' } },
    })
  })

  it('is worth nothing once the address is not the contact’s any more', async () => {
    const { email, id, uuid } = await desk.person({ givenName: 'Zqgone' })
    const reader = browse(desk)
    const asked = await ask(reader, email)
    const [mail] = await desk.server.takesFor(email)
    const point = await desk.database.contactPoint.findFirstOrThrow({ where: { contactId: uuid } })
    await desk.ask('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }', {
      input: { id, version: 1, updateEmails: [{ id: point.id, address: `other-${email}` }] },
    })
    const answer = await reader.submit(asked, '/my/code/enter', { code: codeIn(mail as never) })
    expect(wordsOf(answer)).toContain('does not work any more')
  })

  it('is too old after ten minutes', async () => {
    const { email } = await desk.person()
    const reader = browse(desk)
    const asked = await ask(reader, email)
    const [mail] = await desk.server.takesFor(email)
    await desk.database.$executeRaw`UPDATE self_service_code SET expires_at = expires_at - interval '10 minutes'`
    const answer = await reader.submit(asked, '/my/code/enter', { code: codeIn(mail as never) })
    expect(wordsOf(answer)).toContain('does not work any more')
  })

  it('floods no mailbox, and lets nobody ask for everybody', async () => {
    const { email } = await desk.person()
    for (let time = 0; time < 9; time++) await ask(browse(desk), email)
    await desk.app.finish()
    const { uuid } = {
      uuid: (await desk.database.contactPoint.findFirstOrThrow({ where: { value: email } })).contactId,
    }
    expect(await desk.database.outgoingMail.count({ where: { contactId: uuid } })).toBe(6)
    const robot = browse(desk)
    const answers = []
    for (let time = 0; time < 22; time++) answers.push(await robot.post('/my/code', { email: `x${time}@example.org` }))
    expect(answers.at(-1)?.status).toBe(422)
    expect(wordsOf(answers.at(-1) as never)).toContain('too often')
  })

  it('reaches whoever came from the same place before, however often others ask for it', async () => {
    const { email } = await desk.person()
    const reader = browse(desk)
    const asked = await ask(reader, email)
    const [first] = await desk.server.takesFor(email)
    const inside = await reader.submit(asked, '/my/code/enter', { code: codeIn(first as never) })
    await reader.submit(inside, '/my/end')
    for (let time = 0; time < 8; time++) await ask(browse(desk), email)
    await desk.server.takesFor(email, 6)
    await desk.app.finish()
    const again = await ask(reader, email)
    const mails = await desk.server.takesFor(email, 7)
    const page = await reader.submit(again, '/my/code/enter', { code: codeIn(mails[6] as never) })
    expect(wordsOf(page)).toContain('What we hold about you')
  })

  it('shows nobody’s data for an address that several contacts have', async () => {
    const { email } = await desk.person()
    await desk.person({ emails: [{ address: email }], givenName: 'Otto' })
    await ask(browse(desk), email)
    const [mail] = await desk.server.takesFor(email)
    expect(codeIn(mail as never)).toBe('')
    expect(mail?.text).toMatch(/mehreren Personen|several people/)
  })

  it('refuses what is no address, and keeps what was typed', async () => {
    const answer = await browse(desk).post('/my/code', { email: 'ida@@example\r\nBcc: x@example.org' })
    expect(answer.status).toBe(422)
    expect(answer.body).toContain('ida@@example')
    expect(answer.body).toMatch(/<div class="faults" role="alert" tabindex="-1" id="faults" autofocus>/)
    expect(answer.body).toContain('aria-invalid="true"')
  })
})

describe('a visit', () => {
  it('is the contact’s alone: nobody else’s cookie opens it, and a cookie that was altered opens nothing', async () => {
    const ida = await desk.person({ givenName: 'Idazq' })
    const otto = await desk.person({ givenName: 'Ottozq' })
    const one = browse(desk)
    await one.enter(await desk.handOver(ida.id))
    const other = browse(desk)
    await other.enter(await desk.handOver(otto.id))
    expect(wordsOf(await other.get('/my'))).toContain('Ottozq')
    const [idas = '', ottos = ''] = [one.cookies.get(sessionName), other.cookies.get(sessionName)]
    const [token, at, signature] = idas.split('.')
    // Otto's id with Ida's secret; Ida's token with a later time.
    const forged = [
      `${ottos.slice(0, 22)}${token?.slice(22)}.${at}.${signature}`,
      `${token}.${(Date.now() + 1e6).toString(36)}.${signature}`,
      `${token}..${signature}`,
      'x',
    ]
    for (const cookie of forged) {
      other.cookies.set(sessionName, cookie)
      const { body } = await other.get('/my')
      expect(body).not.toMatch(/Idazq|Ottozq/)
    }
  })

  it('ends by its button, for good', async () => {
    const { id } = await desk.person()
    const reader = browse(desk)
    const page = await reader.enter(await desk.handOver(id))
    const cookie = reader.cookies.get(sessionName) ?? ''
    const bye = await reader.submit(page, '/my/end')
    expect(wordsOf(bye)).toContain('You have ended your visit')
    expect(reader.cookies.has(sessionName)).toBe(false)
    reader.cookies.set(sessionName, cookie)
    expect(wordsOf(await reader.get('/my'))).not.toContain('Ida Muster')
  })

  it('ends after half an hour in which nothing happens', async () => {
    const { id } = await desk.person()
    const reader = browse(desk)
    const page = await reader.enter(await desk.handOver(id))
    const [token, at = ''] = (reader.cookies.get(sessionName) ?? '').split('.')
    const old = (Number.parseInt(at, 36) - 30 * 60_000 - 1).toString(36)
    const signed = (time: string) => desk.work.secrets.fingerprint('self-service session', `${token} ${time}`)
    reader.cookies.set(sessionName, `${token}.${at}.${signed(at)}`)
    expect(wordsOf(await reader.get('/my'))).toContain('Ida Muster')
    reader.cookies.set(sessionName, `${token}.${old}.${signed(old)}`)
    expect(wordsOf(await reader.get('/my'))).not.toContain('Ida Muster')
    reader.cookies.set(sessionName, `${token}.${old}.${signed(old)}`)
    const lost = await reader.post('/my/request', { ...formIn(page, '/my/end'), of: 'access', statement: '' })
    expect(lost.status).toBe(403)
    expect(wordsOf(lost)).toContain('Your visit has ended')
  })

  it('ends after four hours, however busy it was', async () => {
    const { id, uuid } = await desk.person()
    const reader = browse(desk)
    const page = await reader.enter(await desk.handOver(id))
    const [{ startedAt, expiresAt } = { startedAt: new Date(0), expiresAt: new Date(0) }] =
      await desk.database.selfServiceSession.findMany({ where: { contactId: uuid } })
    expect(Math.abs(expiresAt.getTime() - startedAt.getTime() - 4 * 3_600_000)).toBeLessThan(1000)
    const over = async (at: number) => {
      await transact({ ...desk.work, actor: { kind: 'system', id: null } }, 'age', (tx) =>
        tx.selfServiceSession.updateMany({ where: { contactId: uuid }, data: { expiresAt: new Date(at) } }),
      )
      const form = { ...formIn(page, '/my/end'), of: 'access', statement: '' }
      return [wordsOf(await reader.get('/my')).includes('Ida Muster'), (await reader.post('/my/request', form)).status]
    }
    expect(await over(Date.now() + 60_000)).toEqual([true, 303])
    expect(await over(Date.now() - 1)).toEqual([false, 403])
  })

  it('says clearly that nothing is here any more, of a contact who was erased', async () => {
    const erased = await desk.person()
    const reader = browse(desk)
    await reader.enter(await desk.handOver(erased.id))
    const link = await desk.handOver(erased.id)
    await desk.erase(erased.uuid)
    const page = await reader.get('/my')
    expect(page.status).toBe(410)
    expect(wordsOf(page)).toContain('There is nothing here any more')
    expect(reader.cookies.has(sessionName)).toBe(false)
    expect((await browse(desk).get(link)).status).toBe(410)
    const t = new URL(link).searchParams.get('t') ?? ''
    expect((await browse(desk).post('/my/link', { t })).status).toBe(410)
  })

  it('does nothing for forms from elsewhere', async () => {
    const { id, uuid } = await desk.person()
    const reader = browse(desk)
    const page = await reader.enter(await desk.handOver(id))
    const other = browse(desk)
    const otherPage = await other.enter(await desk.handOver((await desk.person()).id))
    const right = { ...formIn(page, '/my/end'), of: 'access', statement: '' }
    const elsewhere = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const attempts = [
      await reader.post('/my/request', right, elsewhere),
      await reader.post('/my/request', right, { 'sec-fetch-site': 'same-site' }),
      await reader.send('/my/request', {
        method: 'POST',
        body: new URLSearchParams(right),
        headers: { origin: 'null' },
      }),
      await reader.send('/my/request', { method: 'POST', body: new URLSearchParams(right) }),
      await reader.post('/my/request', { of: 'access', statement: '' }),
      await reader.post('/my/request', { ...right, ...formIn(otherPage, '/my/end') }),
    ]
    expect(attempts.map(({ status }) => status)).toEqual(attempts.map(() => 403))
    expect(await desk.database.subjectRequest.count({ where: { contactId: uuid } })).toBe(0)
    // Browsers that don't say where a form comes from, but name its origin.
    const { origin } = new URL(desk.url)
    const body = new URLSearchParams(right)
    expect((await reader.send('/my/request', { method: 'POST', body, headers: { origin } })).status).toBe(303)
    const t = new URL(await desk.handOver(id)).searchParams.get('t') ?? ''
    expect((await browse(desk).post('/my/link', { t }, elsewhere)).status).toBe(403)
  })

  it('speaks the language that the reader chose, or that the browser wants', async () => {
    const reader = browse(desk, { language: 'de-AT,de;q=0.9' })
    expect((await reader.get('/my')).body).toContain('<html lang="de">')
    const english = await reader.get('/my?lang=en')
    expect(english.body).toContain('<html lang="en">')
    expect((await reader.get('/my')).body).toContain('<html lang="en">')
    expect((await browse(desk, { language: 'fr' }).get('/my')).body).toContain('<html lang="en">')
  })
})
