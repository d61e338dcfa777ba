import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { requests as requestModule } from '../../src/modules/requests/index.ts'
import { browse, codeIn, formIn, linkIn, wordsOf } from '../selfservice/support.ts'
import { disclosedBy } from '../support/disclosed.ts'
import { wholeContact } from '../support/erasure.ts'
import { type Data, day, type Office, openOffice } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office?.close())

const english = { language: 'en' }
const ago = (days: number) => new Date(Date.now() - days * day).toISOString()
const because = { because: 'NOT_COVERED', article: 'Art. 17(3)(b) GDPR', reason: 'Zqbooks have to be kept.' }

/** The mail among those that they were sent, once there are so many, in which these words stand. */
const mailTo = async (email: string, count: number, words: string) =>
  (await office.server.takesFor(email, count)).find(({ text }) => text?.includes(words))

describe('a request', () => {
  it('is one of each right, of one case, from the day on which it came, and the person gets a receipt', async () => {
    const { id, email } = await office.person(english)
    const receivedAt = ago(10)
    const made = await office.receive(id, ['ACCESS', 'ERASURE', 'ACCESS'], { receivedAt, statement: 'Zqall of it' })
    expect(
      made.map(({ kind, status, channel, receivedAt: at, statement }) => [kind, status, channel, at, statement]),
    ).toEqual([
      ['ACCESS', 'OPEN', 'LETTER', receivedAt, 'Zqall of it'],
      ['ERASURE', 'OPEN', 'LETTER', receivedAt, 'Zqall of it'],
    ])
    expect(made[0].case).toBe(made[1].case)
    const receipt = await mailTo(email, 1, 'got your request')
    expect(receipt?.text).toContain('• access (Art. 15 GDPR)\n• erasure (Art. 17 GDPR)')
    expect(receipt?.text).toMatch(/We answer by \d+ \w+ \d{4}/)
    expect(await office.messages(made[0].id)).toMatchObject([
      { kind: 'RECEIPT', channel: 'mail', author: { name: 'Administrator' } },
    ])
  })

  it('that is made again before it is decided stays the only one, and what is written then is added', async () => {
    const { id } = await office.person()
    const [first] = await office.receive(id, ['OBJECTION'], { statement: 'Zqfirst' })
    const all = await Promise.all(
      ['Zqsecond', 'Zqfirst'].map((statement) => office.receive(id, ['OBJECTION'], { statement, channel: 'PHONE' })),
    )
    expect(all.flat().map(({ id: its, statement }) => [its, statement])).toEqual(Array(2).fill([first.id, 'Zqfirst']))
    expect(
      (await office.messages(first.id)).map(({ kind, channel, text }) => [kind, channel, kind === 'REPLY' && text]),
    ).toEqual([
      ['RECEIPT', 'mail', false],
      ['REPLY', 'phone', 'Zqsecond'],
    ])
    await office.step('revoke', first.id)
    const [next] = await office.receive(id, ['OBJECTION'], { statement: 'Zqagain' })
    expect(next.id).not.toBe(first.id)
  })

  it('needs a right, words where nothing else tells, and a day that was', async () => {
    const { id } = await office.person()
    for (const [kinds, input, field] of [
      [[], {}, 'kinds'],
      [['RECTIFICATION'], {}, 'statement'],
      [['ACCESS'], { receivedAt: ago(-1) }, 'receivedAt'],
      [['ACCESS'], { receivedAt: ago(5000) }, 'receivedAt'],
    ] as const) {
      const { code, faults } = await office.refusedReceipt(id, [...kinds], input)
      expect([code, faults[0].field]).toEqual(['INVALID_INPUT', field])
    }
    expect(await office.refusedReceipt(btoa(`Contact:${randomUUID()}`), ['ACCESS'])).toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('is answered by whoever it is assigned to, who is told so and has to be able to sign in', async () => {
    const { id } = await office.person()
    const [{ id: request }] = await office.receive(id, ['ACCESS'])
    const { users } = await office.ask('{ users(first: 1) { edges { node { id email } } } }')
    const [{ node: user }] = users.edges
    expect(await office.step('assign', request, { user: user.id })).toMatchObject({
      status: 'IN_PROGRESS',
      assignee: { email: user.email },
    })
    expect((await office.requests({ assignee: user.id })).map((one) => one.id)).toEqual([request])
    const make = `mutation ($email: String!, $roles: [String!]!) {
      inviteUser(input: { email: $email, roles: $roles }) { user { id } } }`
    const invite = async (email: string, roles: string[]) =>
      (await office.ask(make, { email, roles })).inviteUser.user.id
    const other = await invite('clerk@example.org', ['data-protection-officer'])
    await office.step('assign', request, { user: other })
    const tasks = (await office.server.takesFor('clerk@example.org', 2)).filter(({ subject }) =>
      subject?.startsWith('Your task'),
    )
    expect(tasks).toHaveLength(1)
    expect(
      office.server.taken.some(
        ({ to, subject }) => JSON.stringify(to).includes(user.email) && subject?.includes('task'),
      ),
    ).toBe(false)
    expect(await office.step('assign', request, { user: null })).toMatchObject({
      status: 'IN_PROGRESS',
      assignee: null,
    })
    expect(await office.refused('assign', request, { user: btoa(`User:${randomUUID()}`) })).toMatchObject({
      code: 'INVALID_INPUT',
    })
    // Whoever may not see requests, or not of this contact, could do nothing with it.
    await office.clerk(['requests.requests', 'contacts.contact'], ['newsletter'])
    const { users: all } = await office.ask('{ users(first: 50) { edges { node { id name } } } }')
    const bound = all.edges.find(({ node }: Data) => node.name.startsWith('clerk-')).node.id
    for (const stranger of [await invite('analyst@example.org', ['analyst']), bound]) {
      expect(await office.refused('assign', request, { user: stranger })).toMatchObject({
        ...{ code: 'INVALID_INPUT', faults: [{ field: 'user', rule: 'lacks_right' }] },
      })
    }
  })
})

describe('who asks', () => {
  it('is asked for by mail, without a copy of an identity card; the time stands still until they answer', async () => {
    const { id, email } = await office.person(english)
    const [access, erasure] = await office.receive(id, ['ACCESS', 'ERASURE'])
    const asked = await office.step('ask', access.id)
    expect(asked).toMatchObject({ status: 'NEEDS_VERIFICATION', verifiedAt: null, dueAt: access.dueAt })
    expect(await mailTo(email, 2, 'Please send us no copy of an identity card.')).toBeDefined()
    for (const name of ['fulfil', 'extend']) {
      expect(await office.refused(name, access.id, { reason: 'x' })).toMatchObject({ code: 'CONFLICT' })
    }
    await office.alter(access.id, { verificationAskedAt: new Date(Date.now() - 9 * day) })
    const verified = await office.step('verify', access.id, { method: 'CALLBACK' })
    expect(verified).toMatchObject({
      ...{ status: 'IN_PROGRESS', verificationMethod: 'CALLBACK', verificationLevel: 'SUBSTANTIAL', pausedDays: 9 },
      verifier: { name: 'Administrator' },
    })
    const later = (Date.parse(verified.dueAt) - Date.parse(access.dueAt)) / day
    expect(later).toBeGreaterThan(5)
    expect(later).toBeLessThan(12)
    // It holds for all that was asked for together.
    expect((await office.requests({ contact: id, kinds: ['ERASURE'] }))[0]).toMatchObject({
      ...{ verificationMethod: 'CALLBACK', dueAt: erasure.dueAt },
    })
    expect(await office.refused('ask', access.id)).toMatchObject({ code: 'CONFLICT' })
  })

  it('is known of whoever comes to their page with a code, and not of whoever has a link that was handed over', async () => {
    const { id, email } = await office.person(english)
    const other = browse(office)
    await other.enter(await office.handOver(id))
    await other.submit(await other.get('/my/request?of=access'), '/my/request')
    const [request] = await office.requests({ contact: id })
    expect(request).toMatchObject({ channel: 'SELF_SERVICE', verificationMethod: null })
    await office.step('ask', request.id)
    const reader = browse(office)
    await reader.submit(await reader.get('/my'), '/my/code', { email })
    const mails = await office.server.takesFor(email, 3)
    const page = await reader.submit(await reader.get('/my/code'), '/my/code/enter', {
      code: mails.map(codeIn).join(''),
    })
    expect(wordsOf(page)).toContain('We asked you to show that it is you.')
    await reader.submit(await reader.get('/my/request?of=access'), '/my/request')
    expect((await office.requests({ contact: id }))[0]).toMatchObject({
      ...{ id: request.id, status: 'IN_PROGRESS', verificationMethod: 'MAIL_CODE', verifier: null },
    })
  })
})

it('is taken back on the page by whoever made it, and by nobody else', async () => {
  const [{ id, email }, other] = [await office.person(english), await office.person(english)]
  const [mine] = await office.receive(id, ['ERASURE'])
  const [theirs] = await office.receive(other.id, ['ERASURE'])
  const handed = browse(office)
  const shown = await handed.enter(await office.handOver(id))
  expect(shown.body).not.toContain('/my/request/revoke')
  await handed.post('/my/request/revoke', { ...formIn(shown, '/my/end'), id: mine.id })
  const create = 'mutation ($input: CreateSelfServiceLinkInput!) { createSelfServiceLink(input: $input) { expiresAt } }'
  await office.ask(create, { input: { contactId: id } })
  const mails = await office.server.takesFor(email, 2)
  const reader = browse(office)
  const page = await reader.enter(mails.map(linkIn).find((link) => link.includes('?t=')) ?? '')
  await reader.post('/my/request/revoke', { ...formIn(page, '/my/end'), id: theirs.id })
  for (const one of [id, other.id]) expect(await office.requests({ contact: one })).toMatchObject([{ status: 'OPEN' }])
  expect(wordsOf(await reader.submit(page, '/my/request/revoke'))).toContain('You have taken your request back.')
  expect(await office.requests({ contact: id })).toMatchObject([{ id: mine.id, status: 'REVOKED', decider: null }])
})

describe('time', () => {
  it('is two months more, once, within the first month, and the person is told why', async () => {
    const { id, email } = await office.person(english)
    const [{ id: request, dueAt }] = await office.receive(id, ['ACCESS'], { receivedAt: ago(20) })
    const extended = await office.step('extend', request, { reason: 'Zqmany letters.' })
    expect(extended).toMatchObject({ extensionReason: 'Zqmany letters.', status: 'IN_PROGRESS' })
    const more = (Date.parse(extended.dueAt) - Date.parse(dueAt)) / day
    expect(more).toBeGreaterThan(56)
    expect(more).toBeLessThan(66)
    const notice = await mailTo(email, 2, 'Zqmany letters.')
    expect(notice?.text).toContain('(Art. 77 GDPR)')
    expect(await office.refused('extend', request, { reason: 'Again.' })).toMatchObject({ code: 'CONFLICT' })
    const [late] = await office.receive(id, ['ERASURE'], { receivedAt: ago(50) })
    expect(await office.refused('extend', late.id, { reason: 'Too late.' })).toMatchObject({ code: 'CONFLICT' })
  })

  it('orders the list, in pages, and tells what is due and overdue', async () => {
    const before = (await office.ask('{ subjectRequestSummary { open dueSoon overdue } }')).subjectRequestSummary
    const { id } = await office.person()
    const [late] = await office.receive(id, ['ACCESS'], { receivedAt: ago(60) })
    const [soon] = await office.receive(id, ['ERASURE'], { receivedAt: ago(27) })
    const [fresh] = await office.receive(id, ['PORTABILITY'])
    const ids = async (filter: object, more: object = {}) =>
      (await office.requests({ contact: id, ...filter }, more)).map((one) => one.id)
    expect(await ids({})).toEqual([late.id, soon.id, fresh.id])
    expect(await ids({ due: 'OVERDUE' })).toEqual([late.id])
    expect(await ids({ due: 'DUE_SOON' })).toEqual([soon.id])
    expect(await ids({}, { orderBy: 'NEWEST_FIRST' })).toEqual([fresh.id, soon.id, late.id])
    expect(await ids({ kinds: ['ACCESS', 'PORTABILITY'], statuses: ['OPEN'] })).toEqual([late.id, fresh.id])
    const { data } = await office.graphql(office.list, { filter: { contact: id }, first: 2 }, office.token)
    const { endCursor, hasNextPage } = data.subjectRequests.pageInfo
    expect(hasNextPage).toBe(true)
    expect(await ids({}, { after: endCursor })).toEqual([fresh.id])
    const after = (await office.ask('{ subjectRequestSummary { open dueSoon overdue } }')).subjectRequestSummary
    expect(after).toEqual({ open: before.open + 3, dueSoon: before.dueSoon + 1, overdue: before.overdue + 1 })
    const query = 'query ($id: ID!) { contact(id: $id) { subjectRequests { id } } }'
    const own = (await office.ask(query, { id })).contact.subjectRequests
    expect(own.map((one: Data) => one.id)).toEqual([fresh.id, soon.id, late.id])
  })
})

describe('a decision', () => {
  it('over rectification is not "fulfilled" before something was corrected, or the person is told what was done', async () => {
    const { id } = await office.person({ language: 'en' })
    const rectify = async () => {
      const [{ id: request }] = await office.receive(id, ['RECTIFICATION'], { statement: 'Zqmy name is wrong' })
      await office.step('verify', request, { method: 'CALLBACK' })
      return request as string
    }
    const first = await rectify()
    expect(await office.refused('fulfil', first)).toMatchObject({ code: 'CONFLICT' })
    expect(await office.step('fulfil', first, { reason: 'The archive has it now' })).toMatchObject({
      status: 'FULFILLED',
    })
    const second = await rectify()
    expect(await office.refused('fulfil', second)).toMatchObject({ code: 'CONFLICT' })
    const { contact } = await office.ask('query ($id: ID!) { contact(id: $id) { version } }', { id })
    await office.ask('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }', {
      input: { id, version: contact.version, familyName: 'Zqright' },
    })
    expect(await office.step('fulfil', second)).toMatchObject({ status: 'FULFILLED', reason: null })
  })

  it('over access is not "fulfilled" before a package was made, and delivered, to whom we know', async () => {
    const { id, uuid } = await office.person()
    const [{ id: request }] = await office.receive(id, ['ACCESS'])
    const [first, second] = [randomUUID(), randomUUID()]
    await office.produce(uuid, request, first)
    await expect(office.deliver(uuid, request, first)).rejects.toMatchObject({ code: 'CONFLICT' })
    await office.step('verify', request, { method: 'IN_PERSON' })
    expect(await office.refused('fulfil', request)).toMatchObject({ code: 'CONFLICT' })
    await office.produce(uuid, request, second)
    await expect(office.deliver(uuid, request, first)).rejects.toMatchObject({ code: 'CONFLICT' })
    await office.deliver(uuid, request, second)
    const done = await office.step('fulfil', request)
    expect(done).toMatchObject({ status: 'FULFILLED', delivery: 'download', decider: { name: 'Administrator' } })
    const log =
      'query ($id: ID!) { auditLog(filter: { contactId: $id, entity: "SubjectRequest" }, first: 50) { edges { node { fields } } } }'
    const fields = (await office.ask(log, { id })).auditLog.edges.map(({ node }: Data) => node.fields)
    for (const step of ['producedAt', 'deliveredAt', 'decidedAt', 'verifiedAt'])
      expect(fields.filter((one: string[]) => one.includes(step)).length).toBeGreaterThan(0)
    await expect(office.produce(uuid, request, first)).rejects.toMatchObject({ code: 'CONFLICT' })
    const [{ id: erasure }] = await office.receive(id, ['ERASURE'])
    await expect(office.produce(uuid, erasure, first)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('that denies names its article and reason, and the person is told what they can do against it, in their language', async () => {
    const [person, german] = [await office.person(english), await office.person({ language: 'de-AT' })]
    const [{ id: request }] = await office.receive(person.id, ['ERASURE'])
    const faulty = { ...because, article: 'none', reason: '' }
    expect((await office.refused('deny', request, faulty)).faults.map(({ field }: Data) => field)).toEqual([
      'article',
      'reason',
    ])
    const denied = await office.step('deny', request, because)
    expect(denied).toMatchObject({
      status: 'DENIED',
      denial: 'NOT_COVERED',
      article: because.article,
      reason: because.reason,
    })
    const mail = await mailTo(person.email, 2, because.reason)
    expect(mail?.subject).not.toMatch(/Zq|erasure/)
    for (const words of [
      'erasure (Art. 17 GDPR)',
      'under Art. 17(3)(b) GDPR',
      because.reason,
      '(Art. 77 GDPR)',
      '(Art. 79 GDPR)',
      'Musterfirma',
    ])
      expect(mail?.text).toContain(words)
    const [{ id: other }] = await office.receive(german.id, ['ERASURE'])
    await office.step('verify', other, { method: 'CALLBACK' })
    const part = { partly: true, article: 'Art. 17(3)(b) GDPR', reason: 'Zqteil' }
    expect(await office.step('fulfil', other, part)).toMatchObject({
      status: 'FULFILLED',
      partly: true,
      reason: 'Zqteil',
    })
    const decision = await mailTo(german.email, 2, 'Zqteil')
    for (const words of [
      '• Löschung (Art. 17 DSGVO)',
      'zum Teil',
      'Art. 17 Abs. 3 Buchst. b DSGVO',
      'Zqteil',
      'Aufsichtsbehörde',
      '(Art. 79 DSGVO)',
    ])
      expect(decision?.text).toContain(words)
    const page = browse(office, { language: 'de' })
    const words = wordsOf(await page.enter(await office.handOver(german.id)))
    expect(words).toContain('Löschung (Art. 17 DSGVO) zum Teil erledigt')
    expect(words).toContain('Art. 17 Abs. 3 Buchst. b DSGVO: Zqteil')
  })

  it('of two at once is one, and stays', async () => {
    const { id } = await office.person()
    const [{ id: request }] = await office.receive(id, ['ERASURE'])
    const both = await Promise.all([
      office.graphql(office.steps['deny'] ?? '', { id: request, ...because }, office.token),
      office.graphql(office.steps['revoke'] ?? '', { id: request }, office.token),
    ])
    const codes = both.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions.code) ?? [])
    expect(codes).toEqual(['CONFLICT'])
    const [{ status }] = await office.requests({ contact: id })
    expect(both.find(({ errors }) => !errors)?.data).toMatchObject({
      [status === 'DENIED' ? 'denySubjectRequest' : 'revokeSubjectRequest']: { status },
    })
    for (const name of ['ask', 'revoke', 'assign'])
      expect(await office.refused(name, request)).toMatchObject({ code: 'CONFLICT' })
    await expect(office.alter(request, { dueAt: new Date() })).rejects.toThrow(/stays as it is/)
  })

  it('that grants an objection ends the purposes that it names', async () => {
    const { id } = await office.person()
    await office.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
      input: { contactId: id, purpose: 'advice', ground: 'LEGITIMATE_INTERESTS' },
    })
    const [{ id: request }] = await office.receive(id, ['OBJECTION'], { statement: 'My situation.' })
    expect(await office.refused('fulfil', request)).toMatchObject({ code: 'INVALID_INPUT' })
    await office.step('fulfil', request, { purposes: ['advice'] })
    const allowed = 'query ($id: ID!) { contact(id: $id) { mayProcess(purpose: "advice") { allowed } } }'
    expect((await office.ask(allowed, { id })).contact.mayProcess.allowed).toBe(false)
  })

  it('that grants a restriction shows at the contact, until it is lifted, of which the person is told', async () => {
    const { id, email } = await office.person(english)
    const restricted = async () =>
      (await office.ask('query ($id: ID!) { contact(id: $id) { restrictedAt } }', { id })).contact.restrictedAt
    const [{ id: request }] = await office.receive(id, ['RESTRICTION'], { statement: 'It is wrong.' })
    expect(await restricted()).toBeNull()
    const { decidedAt } = await office.step('fulfil', request)
    expect(await restricted()).toBe(decidedAt)
    await office.step('lift', request, { reason: 'Zqchecked', from: new Date().toISOString() })
    expect(await restricted()).toBeNull()
    expect(await mailTo(email, 3, 'Zqchecked')).toBeDefined()
    expect(await office.refused('lift', request, { reason: 'Again' })).toMatchObject({ code: 'CONFLICT' })
  })
})

describe('what is written', () => {
  it('goes by mail and is kept with what comes back, sealed; where no mail reaches, as a letter', async () => {
    const { id, email, uuid } = await office.person(english)
    const [{ id: request }] = await office.receive(id, ['ACCESS'])
    const write = 'mutation ($id: ID!, $text: String!) { writeToPerson(id: $id, text: $text) { kind channel } }'
    await office.ask(write, { id: request, text: 'Zqwhich years?\nAll?' })
    expect(await mailTo(email, 2, 'Zqwhich years?\nAll?')).toBeDefined()
    const record = `mutation ($id: ID!, $text: String!) {
      recordReply(id: $id, text: $text, channel: PHONE, writtenAt: "2026-01-02T03:04:05Z") { kind writtenAt } }`
    await office.ask(record, { id: request, text: 'Zqlast year' })
    expect(
      (await office.messages(request)).map(({ kind, channel, text }) => [kind, channel, /Zq[\w ]+/.exec(text)?.[0]]),
    ).toEqual([
      ['RECEIPT', 'mail', undefined],
      ['MESSAGE', 'mail', 'Zqwhich years'],
      ['REPLY', 'phone', 'Zqlast year'],
    ])
    const rows = await office.database.subjectMessage.findMany({ where: { contactId: uuid } })
    expect(rows.every(({ text }) => !Buffer.from(text).toString('latin1').includes('Zq'))).toBe(true)
    const silent = await office.person({ emails: [], phones: [{ number: '+49 30 1234567' }] })
    const [{ id: other }] = await office.receive(silent.id, ['ACCESS'])
    expect((await office.ask(write, { id: other, text: 'Zqletter' })).writeToPerson).toEqual({
      kind: 'MESSAGE',
      channel: 'letter',
    })
    expect(await office.fail(write, { id: other, text: ' ' })).toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('goes along when contacts are merged, and back, and is disclosed and erased; that it was answered stays', async () => {
    const [source, target] = [await office.person(english), await office.person(english)]
    const [moved] = await office.receive(source.id, ['ACCESS'], { statement: 'Zqstatement' })
    const [own] = await office.receive(target.id, ['ACCESS'])
    await office.step('deny', moved.id, because)
    const merge = 'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { merges { id } } }'
    const input = { targetId: target.id, version: 1, sourceIds: [source.id] }
    const { mergeContacts } = await office.ask(merge, { input })
    const at = async (contact: string) =>
      (await office.requests({ contact })).map(({ id, statement, reason }) => [id, statement, reason])
    const [here, there] = [
      [moved.id, 'Zqstatement', because.reason],
      [own.id, null, null],
    ]
    expect((await at(target.id)).toSorted()).toEqual([here, there].toSorted())
    expect(await at(source.id)).toEqual([])
    expect((await office.messages(moved.id)).map(({ kind }) => kind)).toEqual(['RECEIPT', 'DECISION'])
    const undo = 'mutation ($t: ID!, $m: ID!) { undoMerge(targetId: $t, mergeId: $m) { id } }'
    await office.ask(undo, { t: target.id, m: mergeContacts.merges[0].id })
    expect([await at(source.id), await at(target.id)]).toEqual([[here], [there]])

    const { personalData } = requestModule
    const work = { ...office.system() }
    const held = await transact(work, 'disclose', (tx) =>
      disclosedBy(personalData, { ...work, tx, contactId: source.uuid }),
    )
    expect(held).toMatchObject({
      subjectRequest: [
        { id: moved.id, statement: 'Zqstatement', decisionReason: because.reason, article: because.article },
      ],
      subjectMessage: [{ kind: 'receipt' }, { kind: 'decision' }],
    })
    expect(held['subjectMessage']?.[1]?.['text']).toContain(because.reason)
    const before = await office.database.answeredRequest.count()
    const outcome = await transact(work, 'erase', (tx) => personalData.erase(tx, [source.uuid], wholeContact(), work))
    expect(outcome.erased).toEqual({ SubjectRequest: 1, SubjectMessage: 2 })
    const kept = await office.database.answeredRequest.findMany({ orderBy: { id: 'desc' }, take: 1 })
    expect(await office.database.answeredRequest.count()).toBe(before + 1)
    expect(kept).toMatchObject([{ kind: 'access', status: 'denied', denial: 'not_covered', inTime: true }])
    expect(JSON.stringify(kept)).not.toMatch(new RegExp(`${source.uuid}|${moved.id}|Zq`))
  })
})

it('a package that was made before contacts were merged is delivered after it', async () => {
  const [source, target] = [await office.person(), await office.person()]
  const [{ id: request }] = await office.receive(source.id, ['ACCESS'], { verification: 'IN_PERSON' })
  const packageId = randomUUID()
  await office.produce(source.uuid, request, packageId)
  const merge = 'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { id } }'
  await office.ask(merge, { input: { targetId: target.id, version: 1, sourceIds: [source.id] } })
  await office.deliver(source.uuid, request, packageId)
  expect(await office.step('fulfil', request)).toMatchObject({ status: 'FULFILLED' })
  expect((await office.requests({ contact: target.id })).map(({ id }) => id)).toEqual([request])
  await expect(office.deliver(randomUUID(), request, packageId)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

describe('rights', () => {
  it('are one each for looking, deciding and writing', async () => {
    const { id } = await office.person()
    const [{ id: request }] = await office.receive(id, ['ERASURE'])
    const token = await office.clerk(['requests.requests', 'contacts.contact'])
    expect((await office.requests({}, {}, token)).some((one) => one.id === request)).toBe(true)
    for (const [name, variables] of [
      ['deny', because],
      ['revoke', {}],
      ['extend', { reason: 'x' }],
    ] as const) {
      expect(await office.refused(name, request, variables, token)).toMatchObject({ code: 'FORBIDDEN' })
    }
    const messages = 'query ($id: ID!) { subjectRequest(id: $id) { id messages { id } } }'
    const { data, errors } = await office.graphql(messages, { id: request }, token)
    expect([data.subjectRequest, errors?.[0].extensions.code]).toEqual([{ id: request, messages: null }, 'FORBIDDEN'])
    const decider = await office.clerk(['requests.decide'])
    expect(await office.refused('deny', request, because, decider)).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('that are bound to purposes reach only requests of those contacts, and nothing tells of others', async () => {
    const [seen, unseen] = [await office.person(), await office.person()]
    await office.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
      input: { contactId: seen.id, purpose: 'advice', ground: 'CONTRACT' },
    })
    const [mine] = await office.receive(seen.id, ['ACCESS'])
    const [other] = await office.receive(unseen.id, ['ACCESS'])
    const token = await office.clerk(['requests.*', 'contacts.*'], ['advice'])
    expect((await office.requests({}, {}, token)).map(({ id }) => id)).toEqual([mine.id])
    const one = 'query ($id: ID!) { subjectRequest(id: $id) { id } }'
    expect((await office.graphql(one, { id: other.id }, token)).data.subjectRequest).toBeNull()
    const absent = await office.refused('deny', randomUUID(), because, token)
    expect(absent).toMatchObject({ code: 'NOT_FOUND' })
    for (const [name, variables] of [
      ['deny', because],
      ['ask', {}],
      ['verify', { method: 'CALLBACK' }],
    ] as const) {
      expect(await office.refused(name, other.id, variables, token)).toMatchObject({ code: absent.code })
    }
    const summary = '{ subjectRequestSummary { open incoming } incomingRequests { edges { node { id } } } }'
    expect((await office.graphql(summary, {}, token)).data).toEqual({
      ...{ subjectRequestSummary: { open: 1, incoming: 0 }, incomingRequests: { edges: [] } },
    })
  })
})
