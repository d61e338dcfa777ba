import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { disclosedBy } from '../support/disclosed.ts'
import { wholeContact } from '../support/erasure.ts'
import { browse, type Desk, formIn, linkIn, openDesk, type Page, wordsOf } from './support.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
  const define = 'mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }'
  const [{ key: retentionClass }] = (await desk.ask('{ retentionClasses { key } }')).retentionClasses
  const labels = (de: string, en: string) => [
    { language: 'de', text: de },
    { language: 'en', text: en },
  ]
  const field = (input: object) =>
    desk.ask(define, { input: { category: 'membership', purpose: 'newsletter', retentionClass, ...input } })
  await field({ key: 'number', kind: 'TEXT', labels: labels('Mitgliedsnummer', 'Membership number'), contact: 'SEE' })
  await field({ key: 'internal', kind: 'TEXT', labels: labels('Internes', 'Zqinternal label') })
  await field({ key: 'size', kind: 'TEXT', labels: labels('Größe', 'Size'), contact: 'FILL', maxLength: 3 })
  await field({ key: 'diet', kind: 'TEXT', labels: labels('Kost', 'Diet'), contact: 'FILL', sensitive: true })
  await field({ key: 'handle', kind: 'TEXT', labels: labels('Name', 'Nickname'), contact: 'FILL', unique: true })
  const options = ['music', 'sport'].map((value) => ({ value, labels: labels(`${value} (de)`, `${value} (en)`) }))
  await field({ key: 'topics', kind: 'CHOICES', labels: labels('Themen', 'Topics'), contact: 'FILL', options })
  await field({ key: 'fee', kind: 'MONEY', labels: labels('Beitrag', 'Fee'), contact: 'FILL', min: '10' })
})
afterAll(() => desk?.close())

/** Somebody on their page, who came by a mail. */
async function visiting(input: object = {}, language = 'en') {
  const person = await desk.person(input)
  const create = 'mutation ($input: CreateSelfServiceLinkInput!) { createSelfServiceLink(input: $input) { expiresAt } }'
  await desk.ask(create, { input: { contactId: person.id } })
  const [mail] = await desk.server.takesFor(person.email)
  const reader = browse(desk, { language })
  const page = mail ? await reader.enter(linkIn(mail)) : undefined
  if (!page) throw new Error('no mail came')
  const fix = async (of: string, fields: Record<string, string | string[]>, point = '') =>
    reader.submit(await reader.get(`/my/correct?of=${of}&point=${point}`), '/my/correct', fields)
  const stored = () => desk.database.contact.findUniqueOrThrow({ where: { id: person.uuid } })
  return { ...person, reader, page, fix, stored }
}

const logOf = async (id: string): Promise<Data[]> => {
  const query = `query ($id: ID!) { auditLog(filter: { contactId: $id }, first: 100) {
    edges { node { action operation entity fields actor { kind id } } } } }`
  return (await desk.ask(query, { id })).auditLog.edges.map(({ node }: Data) => node)
}

const proposalsOf = async (id: string): Promise<Data[]> => {
  const query = `query ($id: ID!) { correctionProposals(contact: $id) {
    edges { node { id field change state reason dueAt proposedAt contact { id } } } } }`
  return (await desk.ask(query, { id })).correctionProposals.edges.map(({ node }: Data) => node)
}

const accept = 'mutation ($c: ID!, $id: ID!) { acceptCorrection(contactId: $c, id: $id) { state decidedAt } }'
const reject =
  'mutation ($c: ID!, $id: ID!, $r: String!) { rejectCorrection(contactId: $c, id: $id, reason: $r) { state reason } }'

describe('what is held', () => {
  it('is shown readably, with custom fields as far as their definitions let the contact see them', async () => {
    const { page, reader, id } = await visiting({
      birthDate: '1985-04-12',
      phones: [{ number: '+49 30 1234567' }],
      addresses: [{ street: 'Lindenallee 5', postalCode: '10115', city: 'Berlin', country: 'DE' }],
      tags: ['Zqtag'],
      source: 'Zqfair',
      customFields: [
        { key: 'number', value: { text: 'M-77' } },
        { key: 'internal', value: { text: 'Zqsecret' } },
        { key: 'diet', value: { text: 'Zqdiet' } },
        { key: 'topics', value: { choices: ['music', 'sport'] } },
        { key: 'fee', value: { money: { amount: '12.50', currency: 'EUR' } } },
      ],
    })
    const words = wordsOf(page)
    for (const word of [
      ...['Ida Muster', '12 April 1985', '+49 30 1234567', 'Lindenallee 5', 'Germany', 'Zqtag', 'Zqfair'],
      ...['Membership number M-77', 'Diet Zqdiet', 'music (en), sport (en)', 'Fee €12.50'],
    ]) {
      expect(words).toContain(word)
    }
    expect(words).not.toMatch(/Zqsecret|Zqinternal/)
    expect(page.body).not.toContain('of=customFields.number')
    expect(page.body).toContain('of=customFields.size')
    const german = wordsOf(await reader.get('/my?lang=de'))
    for (const word of ['12. April 1985', 'Deutschland', 'Mitgliedsnummer M-77', 'music (de)', '12,50 €']) {
      expect(german).toContain(word)
    }
    const reads = (await logOf(id)).filter(({ operation }) => operation === 'seeOwnData')
    expect(reads.map(({ fields }) => fields[0])).toEqual(expect.arrayContaining(['id', 'customFields.diet']))
    expect(reads.every(({ actor }) => actor.kind === 'CONTACT' && actor.id === id)).toBe(true)
  })

  it('runs nothing and breaks nothing, whatever stands in it', async () => {
    const evil = (n: number) => `"'><script>z${n}()</script><img src=x onerror=z${n}()>&lt;`
    const { page, reader, fix, id } = await visiting({
      ...{ title: evil(1), givenName: evil(2), familyName: evil(3), organisation: evil(4), jobTitle: evil(5) },
      ...{ tags: [evil(6)], source: evil(7) },
      addresses: [{ street: evil(8), postalCode: 'x', city: evil(9), region: evil(10), label: evil(11).slice(0, 50) }],
      messengers: [{ service: 'matrix', handle: evil(12) }],
      customFields: [{ key: 'number', value: { text: evil(13) } }],
    })
    await desk.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
      input: { contactId: id, purpose: 'advice', ground: 'CONTRACT', source: evil(14) },
    })
    await fix('name', { title: evil(15), givenName: evil(16), familyName: evil(17) })
    const [proposal] = await proposalsOf(id)
    await desk.ask(reject, { c: id, id: proposal.id, r: evil(18) })
    const pages = [
      page,
      await reader.get('/my'),
      await reader.get('/my/correct?of=name'),
      await fix('customFields.size', { written: evil(19) }),
      await reader.submit(await reader.get('/my/request?of=restriction'), '/my/request', {
        statement: evil(20) + 'x'.repeat(5000),
      }),
      await reader.get(`/my/correct?of=${encodeURIComponent(evil(21))}`),
      await reader.get(`/my?done=${encodeURIComponent(evil(22))}&lang=${encodeURIComponent(evil(23))}`),
      await reader.get(`/my?t=${encodeURIComponent(evil(24))}`),
      await reader.get(`/my/address?t=${encodeURIComponent(evil(25))}`),
      await browse(desk).post('/my/code', { email: evil(26) }),
    ]
    for (const { body } of pages) {
      expect(body).not.toMatch(/<script|<img|"'>|&(?!amp;|lt;|gt;|quot;|#39;)/)
    }
    expect(pages[1]?.body).toContain('&lt;script&gt;z3()')
    expect(pages[1]?.body).toContain('&lt;script&gt;z18()')
  })
})

describe('a correction', () => {
  it('of a field that is the contact’s own takes effect at once, in the contact’s name', async () => {
    const { fix, stored, id } = await visiting()
    expect(wordsOf(await fix('customFields.size', { written: 'XL' }))).toContain('Your correction is saved')
    expect(wordsOf(await fix('customFields.topics', { written: ['sport'] }))).toContain('sport (en)')
    await fix('customFields.fee', { written: '12,50', currency: 'eur' })
    await fix('language', { language: 'tr' })
    const { customFields, language } = await stored()
    expect([customFields, language]).toEqual([
      { size: 'XL', topics: ['sport'], fee: { amount: '12.5', currency: 'EUR' } },
      'tr',
    ])
    const changes = (await logOf(id)).filter(({ operation }) => operation === 'correctOwnData')
    expect(changes.map(({ fields, actor }) => [fields[0], actor.kind])).toContainEqual(['customFields.size', 'CONTACT'])
    expect(wordsOf(await fix('customFields.size', { written: '' }))).toContain('Your correction is saved')
    expect((await stored()).customFields).not.toHaveProperty('size')
  })

  it('that does not fit is told beside its field, and what was typed stays', async () => {
    const { fix, stored } = await visiting({}, 'de')
    const long = await fix('customFields.size', { written: 'much too long' })
    expect(long.status).toBe(422)
    expect(long.body).toContain('value="much too long"')
    expect(long.body).toMatch(/id="written-fault">[^<]*Höchstens 3 Zeichen/)
    expect(long.body).toMatch(/aria-describedby="written-fault" aria-invalid="true"/)
    expect(wordsOf(await fix('customFields.fee', { written: '5', currency: 'EUR' }))).toContain('Mindestens 10')
    expect((await fix('phones', { number: 'abc' })).body).toContain('value="abc"')
    expect((await fix('birthDate', { birthDate: '2999-01-01' })).status).toBe(422)
    expect((await fix('name', { title: '', givenName: 'x'.repeat(201), familyName: 'Y' })).status).toBe(422)
    expect((await fix('addresses', { street: '', city: '', country: '' })).body).toContain('Geben Sie mindestens')
    expect((await stored()).customFields).toEqual({})
  })

  it('of a field that contacts don’t correct is refused, whoever’s form it comes in', async () => {
    const { reader, page, id, stored } = await visiting({ customFields: [{ key: 'number', value: { text: 'M-1' } }] })
    const token = formIn(page, '/my/end')
    for (const of of ['customFields.number', 'customFields.internal', 'tags', 'source', 'customFields.nothing']) {
      expect((await reader.get(`/my/correct?of=${of}`)).status).toBe(404)
      expect((await reader.post('/my/correct', { ...token, of, written: 'Zq' })).status).toBe(404)
    }
    const set =
      'mutation ($f: String!, $m: CorrectionModeKind!) { setCorrectionMode(field: $f, mode: $m) { field mode } }'
    await desk.ask(set, { f: 'customFields.size', m: 'NONE' })
    expect((await reader.post('/my/correct', { ...token, of: 'customFields.size', written: 'S' })).status).toBe(404)
    await desk.ask(set, { f: 'customFields.size', m: 'PROPOSE' })
    expect((await reader.post('/my/correct', { ...token, of: 'customFields.size', written: 'S' })).location).toMatch(
      /done=proposed/,
    )
    const { setCorrectionMode } = await desk.ask(set, { f: 'customFields.size', m: 'DIRECT' })
    expect(setCorrectionMode).toContainEqual({ field: 'customFields.size', mode: 'DIRECT' })
    expect(await desk.fail(set, { f: 'customFields.number', m: 'DIRECT' })).toMatchObject({ code: 'INVALID_INPUT' })
    expect((await stored()).customFields).toEqual({ number: 'M-1' })
    expect(await proposalsOf(id)).toMatchObject([{ field: 'customFields.size', state: 'OPEN' }])
  })

  it('of another contact’s phone number reaches nothing', async () => {
    const other = await desk.person({ phones: [{ number: '+49 30 7654321' }] })
    const point = await desk.database.contactPoint.findFirstOrThrow({ where: { contactId: other.uuid, kind: 'phone' } })
    const { reader, page } = await visiting()
    const fields = { ...formIn(page, '/my/end'), of: 'phones', point: point.id, remove: '1', number: '' }
    expect((await reader.post('/my/correct', fields)).status).toBe(404)
    expect(await desk.database.contactPoint.count({ where: { id: point.id } })).toBe(1)
  })

  it('of a unique value never tells whose it is: staff decides', async () => {
    await desk.person({ customFields: [{ key: 'handle', value: { text: 'taken' } }] })
    const { fix } = await visiting()
    const [taken, free] = [
      await fix('customFields.handle', { written: 'taken' }),
      await fix('customFields.handle', { written: 'free' }),
    ]
    expect([taken, free].map((page) => wordsOf(page).includes('We look at your correction'))).toEqual([true, true])
  })

  it('is proposed to staff, who accepts it: then it holds, and the contact is told', async () => {
    const { fix, stored, id, reader, email } = await visiting()
    const page = await fix('name', { title: '', givenName: 'Ida', familyName: 'Zqnew' })
    expect(wordsOf(page)).toContain('We look at your correction')
    expect(wordsOf(page)).toMatch(/Family name: Zqnew proposed on/)
    expect((await stored()).familyName).toBe('Muster')
    const [proposal] = await proposalsOf(id)
    expect(proposal).toMatchObject({
      ...{ field: 'familyName', state: 'OPEN', contact: { id } },
      change: { of: 'column', name: 'familyName', value: 'Zqnew' },
    })
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => desk.graphql(accept, { c: id, id: proposal.id }, desk.token)),
    )
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'done').toSorted()
    expect(codes).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'done'])
    const contact = await stored()
    expect([contact.familyName, contact.displayName, contact.version]).toEqual(['Zqnew', 'Ida Zqnew', 2])
    const entries = (await logOf(id)).filter(({ operation }) => operation === 'acceptCorrection')
    expect(entries.map(({ entity, actor }) => `${entity} by ${actor.kind}`)).toEqual(
      expect.arrayContaining(['Contact by USER', 'CorrectionProposal by USER']),
    )
    const mails = await desk.server.takesFor(email, 2)
    expect(mails[1]?.subject).toMatch(/übernommen|accepted/)
    expect(mails[1]?.text).not.toContain('Zqnew')
    expect(wordsOf(await reader.get('/my'))).toContain('Accepted.')
  })

  it('is rejected with a reason, which the contact reads on the page and not in the mail', async () => {
    const { fix, stored, id, reader, email } = await visiting({ phones: [{ number: '+49 30 1234567' }] })
    await fix('phones', { number: '+49 30 7654321' })
    const [proposal] = await proposalsOf(id)
    expect(await desk.fail(reject, { c: id, id: proposal.id, r: ' ' })).toMatchObject({ code: 'INVALID_INPUT' })
    const { rejectCorrection } = await desk.ask(reject, { c: id, id: proposal.id, r: 'Zqreason' })
    expect(rejectCorrection).toEqual({ state: 'REJECTED', reason: 'Zqreason' })
    expect(await desk.fail(accept, { c: id, id: proposal.id })).toMatchObject({ code: 'CONFLICT' })
    expect(wordsOf(await reader.get('/my'))).toContain('Zqreason')
    const mails = await desk.server.takesFor(email, 2)
    expect(mails[1]?.text).not.toContain('Zqreason')
    expect((await stored()).version).toBe(1)
  })

  it('replaces what was proposed before for the same, and takes the right of its field to see and to decide', async () => {
    const { fix, id } = await visiting()
    await fix('birthDate', { birthDate: '1980-01-01' })
    await fix('birthDate', { birthDate: '1981-01-01' })
    const proposals = await proposalsOf(id)
    expect(proposals.map(({ state }) => state)).toEqual(['REPLACED', 'OPEN'])
    const token = await clerk(['selfservice.corrections', 'contacts.contact'])
    const query =
      'query ($id: ID!) { correctionProposals(contact: $id, state: OPEN) { edges { node { field change } } } }'
    const { data } = await desk.graphql(query, { id }, token)
    expect(data.correctionProposals.edges).toEqual([{ node: { field: 'birthDate', change: null } }])
    expect(await desk.fail(accept, { c: id, id: proposals[1].id }, token)).toMatchObject({ code: 'FORBIDDEN' })
    expect(await desk.fail(accept, { c: id, id: 'x' }, desk.token)).toMatchObject({ code: 'NOT_FOUND' })
    const able = await clerk(['selfservice.corrections', 'contacts.contact', 'contacts.birthDate'])
    expect((await desk.graphql(accept, { c: id, id: proposals[1].id }, able)).data.acceptCorrection.state).toBe(
      'ACCEPTED',
    )
  })

  it('of an e-mail address takes effect once its new owner says so, by a POST, once', async () => {
    const { fix, uuid, email, reader } = await visiting()
    const point = await desk.database.contactPoint.findFirstOrThrow({ where: { contactId: uuid, kind: 'email' } })
    const fresh = `new-${email}`
    expect(wordsOf(await fix('emails', { address: fresh }, point.id))).toContain(
      'We have sent a mail to the new address',
    )
    const emails = () =>
      desk.database.contactPoint.findMany({ where: { contactId: uuid, kind: 'email' }, orderBy: { id: 'asc' } })
    expect((await emails()).map(({ value }) => value)).toEqual([email])
    const [mail] = await desk.server.takesFor(fresh)
    const link = mail ? linkIn(mail) : ''
    const owner = browse(desk)
    const pages: Page[] = []
    for (let time = 0; time < 3; time++) pages.push(await owner.get(link))
    expect(wordsOf(pages[2] as Page)).toContain(fresh)
    expect((await emails()).map(({ value }) => value)).toEqual([email])
    expect(wordsOf(await owner.submit(pages[2] as Page, '/my/address'))).toContain('Your address is confirmed')
    expect(await emails()).toMatchObject([{ value: fresh, verifiedAt: expect.any(Date), primary: true }])
    expect((await owner.get(link)).status).toBe(410)
    const told = await desk.server.takesFor(email, 2)
    expect(told[1]?.subject).toMatch(/geändert|changed/)
    expect(wordsOf(await reader.get('/my'))).toContain(`${fresh} confirmed`)
  })

  it('writes to no address too often', async () => {
    const { fix } = await visiting()
    const pages = []
    for (let time = 0; time < 5; time++) pages.push(await fix('emails', { address: 'victim@example.org' }))
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 422, 422])
    expect(wordsOf(pages[4] as Page)).toContain('too often')
    expect(pages[4]?.body).toContain('value="victim@example.org"')
  })
})

/** The token of a user with these rights alone. */
let clerks = 0
async function clerk(rights: readonly string[]): Promise<string> {
  const key = `clerk-${++clerks}`
  await desk.ask('mutation ($k: String!) { createRole(input: { key: $k, name: $k }) { id } }', { k: key })
  const { roles } = await desk.ask('{ roles { id key } }')
  const role = roles.find((one: Data) => one.key === key).id
  for (const right of rights) {
    await desk.ask(
      'mutation ($r: ID!, $n: String!) { grantRight(role: $r, right: $n, read: true, write: true) { id } }',
      {
        r: role,
        n: right,
      },
    )
  }
  const create = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { password } }'
  const email = `${key}@example.org`
  const { createUser } = await desk.ask(create, { input: { email, name: key, roles: [key] } })
  const signIn = 'mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { token } }'
  return (await desk.graphql(signIn, { e: email, p: createUser.password })).data.signIn.token
}

describe('consent', () => {
  const decision = async (id: string, purpose: string) => {
    const query = 'query ($id: ID!, $p: String!) { contact(id: $id) { mayProcess(purpose: $p) { allowed } } }'
    return (await desk.ask(query, { id, p: purpose })).contact.mayProcess.allowed
  }

  it('is given to a text that was shown, withdrawn by one click, and its history is shown', async () => {
    const { reader, page, id, uuid } = await visiting()
    expect(page.body).toContain('/my/consent?of=newsletter')
    const shown = await reader.get('/my/consent?of=newsletter')
    expect(wordsOf(shown)).toContain('We write to you &lt;once&gt; a month.')
    expect(await decision(id, 'newsletter')).toBe(false)
    const given = await reader.submit(shown, '/my/consent')
    expect(wordsOf(given)).toContain('Your consent is recorded')
    expect(wordsOf(given)).toMatch(
      /Newsletter News of the house Your data is used for this Consent \(Art\. 6\(1\)\(a\) GDPR\), since/,
    )
    expect(wordsOf(given)).toContain('Druckerei Muster')
    expect(await decision(id, 'newsletter')).toBe(true)
    const [event] = await desk.database.lawfulBasisEvent.findMany({
      where: { contactId: uuid },
      include: { notice: true },
    })
    expect(event).toMatchObject({
      kind: 'given',
      actorKind: 'contact',
      actorId: uuid,
      notice: { language: 'en', version: 1 },
    })
    const again = { ...formIn(given, '/my/end'), of: 'newsletter', act: 'give', notice: event?.noticeId ?? '' }
    expect((await reader.post('/my/consent', again)).status).toBe(404)
    const withdrawn = await reader.submit(given, '/my/consent', { act: 'withdraw' })
    expect(wordsOf(withdrawn)).toContain('Your consent is withdrawn')
    expect(wordsOf(withdrawn)).toMatch(/What happened so far Given: Consent .* Withdrawn/)
    expect(wordsOf(withdrawn)).toContain('The text that was shown (version 1) We write to you')
    expect(await decision(id, 'newsletter')).toBe(false)
  })

  it('can’t be given to a text that was not the one shown, or by a child alone', async () => {
    const { reader, uuid } = await visiting()
    const shown = await reader.get('/my/consent?of=newsletter')
    const stale = await reader.submit(shown, '/my/consent', { notice: '01890000-0000-7000-8000-000000000000' })
    expect(stale.status).toBe(422)
    expect(wordsOf(stale)).toContain('The text has changed')
    const child = await visiting({ birthDate: '2020-01-01' }, 'de')
    const refused = await child.reader.submit(await child.reader.get('/my/consent?of=newsletter'), '/my/consent')
    expect(wordsOf(refused)).toContain('noch keine 16')
    for (const contactId of [uuid, child.uuid]) {
      expect(await desk.database.lawfulBasisEvent.count({ where: { contactId } })).toBe(0)
    }
  })

  it('is not needed to object to legitimate interests', async () => {
    const { reader, id } = await visiting()
    await desk.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
      input: { contactId: id, purpose: 'advice', ground: 'LEGITIMATE_INTERESTS' },
    })
    const page = await reader.get('/my')
    const objected = await reader.submit(page, '/my/consent', { act: 'object' })
    expect(wordsOf(objected)).toContain('Your objection is recorded')
    expect(await decision(id, 'advice')).toBe(false)
    expect(wordsOf(objected)).toMatch(/Advice Your data is not used for this/)
  })
})

describe('a request', () => {
  const list = `query ($id: ID!) { subjectRequests(filter: { contact: $id }) {
    edges { node { id kind channel status receivedAt dueAt statement contact { id } } } } }`
  const requestsOf = async (id: string): Promise<Data[]> =>
    (await desk.ask(list, { id })).subjectRequests.edges.map(({ node }: Data) => node)

  it('is taken down once for each right, due in a month, and the officer is told, but not whose it is', async () => {
    const { reader, id, uuid } = await visiting()
    const before = desk.server.taken.length
    const page = await reader.submit(await reader.get('/my/request?of=access'), '/my/request')
    expect(wordsOf(page)).toMatch(/You asked for it on .* We answer by/)
    expect(page.body).not.toContain('/my/request?of=access')
    const form = formIn(page, '/my/end')
    await Promise.all(
      Array.from({ length: 6 }, () => reader.post('/my/request', { ...form, of: 'erasure', statement: 'Zqplease' })),
    )
    const requests = await requestsOf(id)
    expect(requests).toMatchObject([
      { kind: 'ACCESS', channel: 'SELF_SERVICE', status: 'OPEN', statement: null, contact: { id } },
      { kind: 'ERASURE', statement: 'Zqplease' },
    ])
    const [received, due] = [new Date(requests[0].receivedAt), new Date(requests[0].dueAt)]
    const days = (due.getTime() - received.getTime()) / 86_400_000
    expect(days).toBeGreaterThanOrEqual(28)
    expect(days).toBeLessThan(32) // The same day of the next month, until its end.
    const mails = (await desk.server.takesFor('dpo@example.org', 2)).slice(-2)
    expect(desk.server.taken.length).toBeGreaterThan(before)
    for (const { text = '', subject = '' } of mails) expect(`${subject} ${text}`).not.toMatch(/Ida|Muster,|Zqplease/)
    const [row] = await desk.database.subjectRequest.findMany({ where: { contactId: uuid, kind: 'erasure' } })
    expect(Buffer.from(row?.statement ?? []).toString()).not.toContain('Zqplease')
    const entries = (await logOf(id)).filter(
      ({ operation, entity }) => operation === 'requestOwnRight' && entity === 'SubjectRequest',
    )
    expect(entries.map(({ entity, actor }) => [entity, actor.kind])).toEqual([
      ['SubjectRequest', 'CONTACT'],
      ['SubjectRequest', 'CONTACT'],
    ])
  })

  it('needs words where nothing else tells what it is about', async () => {
    const { reader, id } = await visiting()
    for (const of of ['rectification', 'restriction']) {
      const answer = await reader.submit(await reader.get(`/my/request?of=${of}`), '/my/request', { statement: ' ' })
      expect([answer.status, wordsOf(answer).includes('Please write something here')]).toEqual([422, true])
    }
    expect((await reader.get('/my/request?of=nothing')).status).toBe(404)
    expect(await requestsOf(id)).toEqual([])
  })

  it('is seen with its own right alone', async () => {
    const { id } = await desk.person()
    expect(await desk.fail(list, { id }, await clerk(['contacts.contact']))).toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe('all of it', () => {
  it('is disclosed and erased with the contact', async () => {
    const { fix, uuid } = await visiting()
    await fix('name', { title: '', givenName: 'Zqproposed', familyName: 'Muster' })
    const { modules } = await import('../../src/modules/index.ts')
    const { transact } = await import('../../src/database/transact.ts')
    const own = modules.find(({ name }) => name === 'selfservice')?.personalData
    if (!own || own === 'none') throw new Error('the module keeps data')
    const system = { ...desk.work, actor: { kind: 'system', id: null } } as const
    const disclosed = await transact(system, 'disclose', (tx) =>
      disclosedBy(own, { ...desk.work, tx, contactId: uuid }),
    )
    expect(JSON.stringify(disclosed)).toContain('Zqproposed')
    expect(JSON.stringify(disclosed)).not.toMatch(/tokenHash/)
    const outcome = await transact(system, 'erase', (tx) => own.erase(tx, [uuid], wholeContact(), system))
    expect(outcome.erased).toEqual({
      SelfServiceLink: 1,
      SelfServiceSession: 1,
      CorrectionProposal: 1,
    })
  })
})
