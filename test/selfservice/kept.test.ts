import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { forgetWhatIsOver } from '../../src/modules/selfservice/housekeeping.ts'
import { browse, codeIn, type Desk, linkIn, openDesk, wordsOf } from './support.ts'

// What happens to the page of a contact who is merged, what is forgotten of it, and the files that are held.

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
  const define = 'mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }'
  const [{ key: retentionClass }] = (await desk.ask('{ retentionClasses { key } }')).retentionClasses
  const common = { category: 'membership', purpose: 'newsletter', retentionClass, kind: 'FILE' }
  const labels = (text: string) => [{ language: 'en', text }]
  await desk.ask(define, { input: { ...common, key: 'contract', labels: labels('Contract'), contact: 'SEE' } })
  await desk.ask(define, { input: { ...common, key: 'memo', labels: labels('Memo') } })
})
afterAll(() => desk?.close())

const system = (): WorkContext => ({ ...desk.work, actor: { kind: 'system', id: null } })

async function visiting(input: object = {}) {
  const person = await desk.person(input)
  const create = 'mutation ($input: CreateSelfServiceLinkInput!) { createSelfServiceLink(input: $input) { expiresAt } }'
  await desk.ask(create, { input: { contactId: person.id } })
  const [mail] = await desk.server.takesFor(person.email)
  const reader = browse(desk)
  const page = mail && (await reader.enter(linkIn(mail)))
  if (!page) throw new Error('no mail came')
  const fix = async (of: string, fields: Record<string, string>, point = '') =>
    reader.submit(await reader.get(`/my/correct?of=${of}&point=${point}`), '/my/correct', fields)
  return { ...person, reader, page, fix }
}

async function merge(source: string, target: { id: string; uuid: string }) {
  const { version } = await desk.database.contact.findUniqueOrThrow({ where: { id: target.uuid } })
  const merging = `mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { merges { id } } }`
  const input = { targetId: target.id, version, sourceIds: [source] }
  const mergeId = (await desk.ask(merging, { input })).mergeContacts.merges[0].id
  const undoing = 'mutation ($t: ID!, $m: ID!) { undoMerge(targetId: $t, mergeId: $m) { id } }'
  return () => desk.ask(undoing, { t: target.id, m: mergeId })
}

const proposalsOf = async (contact: string, state = 'OPEN'): Promise<Data[]> => {
  const query = `query ($c: ID!, $s: CorrectionState!) { correctionProposals(contact: $c, state: $s) {
    edges { node { id field change } } } }`
  return (await desk.ask(query, { c: contact, s: state })).correctionProposals.edges.map(({ node }: Data) => node)
}

const phoneOf = async (contactId: string) =>
  (await desk.database.contactPoint.findFirstOrThrow({ where: { contactId, kind: 'phone' } })).id

describe('a contact who is merged into another one', () => {
  it('stays on the page, which is that of the one who is left; back, when the merge is taken back', async () => {
    const ida = await visiting({ givenName: 'Zqsource' })
    const link = await desk.handOver(ida.id)
    const target = await desk.person({ givenName: 'Zqtarget' })
    const undo = await merge(ida.id, target)
    expect(wordsOf(await ida.reader.get('/my'))).toContain('Zqtarget Muster')
    expect(wordsOf(await ida.fix('language', { language: 'tr' }))).toContain('Your correction is saved')
    expect((await desk.database.contact.findUniqueOrThrow({ where: { id: target.uuid } })).language).toBe('tr')
    const other = browse(desk)
    expect(wordsOf(await other.enter(link))).toContain('Zqtarget Muster')
    expect((await browse(desk).get(link)).status).toBe(410)
    await undo()
    // Who came while the two were one may be either of them.
    expect(wordsOf(await other.get('/my'))).toContain('Your e-mail address')
    expect(wordsOf(await ida.reader.get('/my'))).toContain('Zqsource Muster')
    expect((await browse(desk).get(link)).status).toBe(410)
  })

  it('is put out by staff who withdraw the links of the one who is left', async () => {
    const ida = await visiting()
    const link = await desk.handOver(ida.id)
    const target = await desk.person()
    await merge(ida.id, target)
    await desk.ask('mutation ($id: ID!) { withdrawSelfServiceLinks(contactId: $id) { id } }', { id: target.id })
    expect(wordsOf(await ida.reader.get('/my'))).toContain('Your e-mail address')
    expect((await browse(desk).get(link)).status).toBe(410)
  })

  it('comes in with a code that was asked for before', async () => {
    const ida = await desk.person()
    const reader = browse(desk)
    const asked = await reader.submit(await reader.get('/my'), '/my/code', { email: ida.email })
    const [mail] = await desk.server.takesFor(ida.email)
    await merge(ida.id, await desk.person({ givenName: 'Zqleft' }))
    const page = await reader.submit(asked, '/my/code/enter', { code: mail ? codeIn(mail) : '' })
    expect(wordsOf(page)).toContain('Zqleft Muster')
  })

  it('finds what they proposed there, where staff decides over it; or back, while nobody has', async () => {
    const ida = await visiting({ phones: [{ number: '+49 30 1234567' }] })
    await ida.fix('birthDate', { birthDate: '1980-01-01' })
    await ida.fix('phones', { number: '+49 30 7654321' }, await phoneOf(ida.uuid))
    const target = await desk.person()
    const undo = await merge(ida.id, target)
    expect(await proposalsOf(ida.id)).toEqual([])
    const [birthDate, phone] = await proposalsOf(target.id)
    expect(birthDate.change).toEqual({ of: 'column', name: 'birthDate', value: '1980-01-01' })
    // The way to be reached is the one that the merge gave to the one who is left.
    expect(phone.change).toMatchObject({ id: await phoneOf(target.uuid), parts: { number: '+49 30 7654321' } })
    expect(wordsOf(await ida.reader.get('/my'))).toContain('1 January 1980 proposed on')
    const accept = 'mutation ($c: ID!, $id: ID!) { acceptCorrection(contactId: $c, id: $id) { state } }'
    await desk.ask(accept, { c: target.id, id: phone.id })
    const after = await desk.database.contactPoint.findMany({ where: { contactId: target.uuid, kind: 'phone' } })
    expect(after.map(({ value }) => value)).toEqual(['+49307654321'])
    await undo()
    expect((await proposalsOf(ida.id)).map(({ field }) => field)).toEqual(['birthDate'])
    expect(await proposalsOf(target.id)).toEqual([])
    const [{ id }] = await proposalsOf(ida.id)
    expect((await desk.ask(accept, { c: ida.id, id })).acceptCorrection.state).toBe('ACCEPTED')
  })

  it('confirms a new address by the mail that was sent before', async () => {
    const ida = await visiting()
    const fresh = `fresh-${ida.email}`
    await ida.fix('emails', { address: fresh })
    const [mail] = await desk.server.takesFor(fresh)
    const target = await desk.person()
    await merge(ida.id, target)
    const owner = browse(desk)
    const page = await owner.get(mail ? linkIn(mail) : '')
    expect(wordsOf(await owner.submit(page, '/my/address'))).toContain('Your address is confirmed')
    expect(
      await desk.database.contactPoint.findMany({ where: { contactId: target.uuid, value: fresh } }),
    ).toMatchObject([{ verifiedAt: expect.any(Date) }])
  })
})

describe('a file that is held', () => {
  const name = 'Vertrag "2026"; ü\u202e.html'
  const content = '<script>alert(1)</script>'
  const file = (own: object = {}) => ({
    file: { name, mediaType: 'text/html', content: Buffer.from(content).toString('base64'), ...own },
  })

  it('is given to the contact for keeping, never shown in our name, and that is logged', async () => {
    const { reader, page, id } = await visiting({
      customFields: [
        { key: 'contract', value: file() },
        { key: 'memo', value: file({ name: 'Zqmemo' }) },
      ],
    })
    expect(page.body).toContain('href="/my/file?of=customFields.contract"')
    expect(wordsOf(page)).toMatch(/Held for: Newsletter\. How long it is kept: /)
    expect(page.body).not.toContain('memo')
    const got = await reader.get('/my/file?of=customFields.contract')
    expect([got.status, got.body]).toEqual([200, content])
    const header = (of: string) => got.headers.get(of)
    expect(header('content-disposition')).toMatch(
      /^attachment; filename="[\w. -]+\.html"; filename\*=UTF-8''Vertrag%20%222026%22%3B%20%C3%BC[\w%]*\.html$/,
    )
    expect(header('x-content-type-options')).toBe('nosniff')
    expect(header('content-security-policy')).toMatch(/default-src 'none'; sandbox/)
    expect(header('cache-control')).toBe('no-store')
    const log = `query ($id: ID!) { auditLog(filter: { contactId: $id, operation: "seeOwnData" }, first: 9) {
      edges { node { fields actor { kind } } } } }`
    const entries = (await desk.ask(log, { id })).auditLog.edges.map(({ node }: Data) => node)
    expect(entries).toContainEqual({ fields: ['customFields.contract'], actor: { kind: 'CONTACT' } })
  })

  it('is given to nobody else, nor one that the contact may not see, nor what is no file', async () => {
    const ida = await visiting({ customFields: [{ key: 'memo', value: file() }] })
    const otto = await visiting({ customFields: [{ key: 'contract', value: file() }] })
    for (const of of ['customFields.memo', 'customFields.contract', 'givenName', '', '../../secret']) {
      expect((await ida.reader.get(`/my/file?${new URLSearchParams({ of })}`)).status).toBe(404)
    }
    expect((await browse(desk).get('/my/file?of=customFields.contract')).location).toBe('/my')
    expect((await otto.reader.get('/my/file?of=customFields.contract')).status).toBe(200)
  })
})

describe('housekeeping', () => {
  it('forgets what has been over for long, and tells the log', async () => {
    const ida = await visiting()
    const unused = await desk.handOver(ida.id)
    await ida.fix('birthDate', { birthDate: '1980-01-01' })
    await ida.fix('birthDate', { birthDate: '1981-01-01' })
    await ida.fix('emails', { address: `unconfirmed-${ida.email}` })
    await browse(desk).post('/my/code', { email: 'nobody@example.org' })
    const { database } = desk
    const where = { contactId: ida.uuid }
    const left = async () => [
      await database.selfServiceLink.count({ where }),
      await database.selfServiceSession.count({ where }),
      (await database.correctionProposal.findMany({ where })).map(({ state }) => state).toSorted(),
    ]
    await forgetWhatIsOver(system())
    expect(await left()).toEqual([2, 1, ['open', 'replaced', 'unconfirmed']])
    const long = new Date(Date.now() - 31 * 24 * 3_600_000)
    await transact(system(), 'age', async (tx) => {
      await tx.selfServiceLink.updateMany({ where, data: { expiresAt: long } })
      await tx.selfServiceSession.updateMany({ where, data: { expiresAt: long } })
      await tx.correctionProposal.updateMany({ where, data: { proposedAt: long } })
    })
    await database.$executeRaw`UPDATE self_service_code SET expires_at = now() - interval '1 second'`
    // Also of several processes at once.
    await Promise.all([forgetWhatIsOver(system()), forgetWhatIsOver(system())])
    expect(await left()).toEqual([0, 0, ['open']])
    expect(await database.selfServiceCode.count()).toBe(0)
    expect((await browse(desk).get(unused)).status).toBe(410)
    const entries = await database.auditEntry.count({ where: { ...where, operation: 'forgetSelfService' } })
    expect(entries).toBe(5)
  })
})
