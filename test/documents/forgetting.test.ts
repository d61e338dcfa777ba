import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { type Transaction, transact } from '../../src/database/transact.ts'
import type { Disclosed } from '../../src/modules/disclosed.ts'
import { keepDocuments, sweepLeftovers } from '../../src/modules/documents/housekeeping.ts'
import { documentData } from '../../src/modules/documents/personal-data.ts'
import { retainedDocuments } from '../../src/modules/documents/retained.ts'
import { retainUntil } from '../../src/modules/documents/retention.ts'
import type { ErasureDecision } from '../../src/modules/module.ts'
import { wholeContact } from '../support/erasure.ts'
import { type Archive, openArchive, pdf } from './support.ts'

let archive: Archive
beforeAll(async () => {
  archive = await openArchive()
})
afterAll(() => archive?.close())

const work = () => ({ ...archive.work, requestId: crypto.randomUUID() })
const inOne = <T>(run: (tx: Transaction) => Promise<T>) => transact(work(), 'test', run)
const erase = (uuid: string, decision: Partial<ErasureDecision> = {}) =>
  inOne((tx) => documentData.erase(tx, [uuid], wholeContact(decision), work()))

async function disclosed(contactId: string) {
  const found: Disclosed[] = []
  await inOne(async (tx) => {
    found.length = 0
    for await (const one of documentData.disclose({ ...archive.work, tx, contactId })) found.push(one)
  })
  return found
}

async function contentOf(stream: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  let text = ''
  for await (const piece of stream ?? []) text += Buffer.from(piece).toString()
  return text
}

describe('what is disclosed to a contact', () => {
  it('are the documents with all versions in original; those about others are named, and the rule', async () => {
    const { id, uuid } = await archive.person()
    const own = await archive.upload({ title: 'Vertrag', contacts: [id] }, pdf('first'))
    await archive.newVersion(own, pdf('second'))
    await archive.upload(
      { title: 'Streit mit dem Nachbarn', type: 'letter', contacts: [id], personal: 'OTHERS' },
      pdf('neighbour'),
    )
    await archive.upload({ title: 'Preisliste', type: 'other', contacts: [id], personal: 'NONE' }, pdf('prices'))
    const [contract, letter, list, ...more] = await disclosed(uuid)
    expect(more).toEqual([])
    expect(contract?.record).toMatchObject({
      title: 'Vertrag',
      type: 'contract',
      versions: [{ number: 1 }, { number: 2 }],
    })
    expect(contract?.files?.map(({ name, mediaType }) => [name, mediaType])).toEqual([
      ['Vertrag (1).pdf', 'application/pdf'],
      ['Vertrag (2).pdf', 'application/pdf'],
    ])
    expect(await contentOf(contract?.files?.[1]?.open())).toContain('second')
    expect(letter).toMatchObject({ record: { title: 'Streit mit dem Nachbarn' }, redactions: [{ field: 'content' }] })
    expect(letter?.files).toBeUndefined()
    expect([list?.record['title'], list?.files]).toEqual(['Preisliste', undefined])
  })
})

describe('erasing a contact', () => {
  it('takes their own documents, leaves those of others to them, and files go after the commit', async () => {
    const [one, other] = [await archive.person(), await archive.person()]
    const own = await archive.look(await archive.upload({ contacts: [one.id] }, pdf('own')))
    const shared = await archive.upload({ contacts: [one.id, other.id] }, pdf('shared'))
    const manual = await archive.upload({ type: 'other', contacts: [one.id], personal: 'NONE' }, pdf('manual'))
    const outcome = await erase(one.uuid)
    expect(outcome.erased).toEqual({ DocumentContact: 3, Document: 2, DocumentVersion: 2 })
    expect(outcome.kept).toEqual({
      Document: { rows: 1, reason: { de: 'gehören auch anderen Kontakten', en: 'belong to other contacts, too' } },
    })
    expect(await archive.look(own.id)).toBeNull()
    expect(await archive.look(manual)).toBeNull()
    const { contactCount, versions } = await archive.look(shared)
    expect(contactCount).toBe(1)
    await archive.work.keys.destroy([one.uuid])
    expect((await archive.send(versions[0].url)).body.equals(pdf('shared'))).toBe(true)

    const file = `documents/${own.versions[0].id}`
    expect(await archive.files()).toContain(file)
    await Promise.all([keepDocuments(work()), keepDocuments(work())])
    expect(await archive.files()).not.toContain(file)
    expect(await archive.database.documentRemoval.count()).toBe(0)
  })

  it('leaves nothing of a document once the last two who have it are erased at once', async () => {
    const [one, other] = [await archive.person(), await archive.person()]
    const shared = await archive.look(await archive.upload({ contacts: [one.id, other.id] }, pdf('both')))
    const outcomes = await Promise.all([erase(one.uuid), erase(other.uuid)])
    expect(outcomes.map(({ erased }) => erased['Document']).toSorted()).toEqual([0, 1])
    expect(await archive.look(shared.id)).toBeNull()
    await keepDocuments(work())
    expect(await archive.files()).not.toContain(`documents/${shared.versions[0].id}`)
  })

  it('keeps what a law wants kept, by type, and what holds no personal data where its type says so', async () => {
    const { id, uuid } = await archive.person()
    const create = 'mutation ($input: CreateDocumentTypeInput!) { createDocumentType(input: $input) { key version } }'
    const names = [{ language: 'en', text: 'Drawing' }]
    await archive.ask(create, { input: { key: 'drawing', names, personal: 'NONE', onErasure: 'KEEP' } })
    const invoice = await archive.upload({ type: 'invoice', contacts: [id] }, pdf('invoice'))
    const contract = await archive.upload({ contacts: [id] }, pdf('contract'))
    const drawing = await archive.upload({ type: 'drawing', contacts: [id] }, pdf('drawing'))
    const retained = await inOne((tx) =>
      Array.fromAsync(retainedDocuments({ ...archive.work, tx, contactId: uuid }, new Date())),
    )
    expect(retained.map(({ record, retention }) => [record['type'], retention.key])).toEqual([
      ['invoice', 'vouchers'],
      ['contract', 'commercial-letters'],
    ])
    expect(await contentOf(retained[0]?.files?.[0]?.open())).toContain('invoice')
    const { erased, kept } = await erase(uuid)
    expect(erased).toEqual({ DocumentContact: 3, Document: 2, DocumentVersion: 2 })
    expect(kept).toEqual({
      Document: {
        rows: 1,
        reason: {
          de: 'enthalten keine personenbezogenen Daten, und ihre Art behält sie',
          en: 'hold no personal data, and their type keeps them',
        },
      },
    })
    expect(await archive.look(invoice)).toBeNull()
    expect(await archive.look(contract)).toBeNull()
    expect(await archive.look(drawing)).toMatchObject({ contactCount: 0 })
  })

  it('destroys what a document says, with the last key that opens it, even where its file stays', async () => {
    const { id, uuid } = await archive.person()
    const { versions } = await archive.look(await archive.upload({ contacts: [id] }, pdf('sealed')))
    await archive.work.keys.destroy([uuid])
    const { status, body } = await archive.send(versions[0].url)
    expect([status, JSON.parse(String(body)).errors[0].extensions.code]).toEqual([500, 'UNREADABLE'])
  })
})

test('the year at whose end a law begins to count is that of the German calendar', () => {
  const law = { period: 'P6Y', start: 'end_of_calendar_year' } as const
  const until = (at: string) => retainUntil(law, new Date(at))?.toISOString().slice(0, 10)
  expect(until('2026-12-31T22:59:00Z')).toBe('2033-01-01')
  expect(until('2026-12-31T23:30:00Z')).toBe('2034-01-01')
})

describe('merging', () => {
  it('brings the documents along, and taking it back takes them back', async () => {
    const [target, source] = [await archive.person(), await archive.person()]
    const id = await archive.upload({ title: 'Nachweis', contacts: [source.id] }, pdf('proof'))
    const both = await archive.upload({ contacts: [source.id, target.id] }, pdf('both'))
    const mergeMutation = 'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { merges { id } } }'
    const { version } = await archive.ask('query ($id: ID!) { contact(id: $id) { version } }', { id: target.id })
    const input = { targetId: target.id, sourceIds: [source.id], version }
    const { merges } = await archive.ask(mergeMutation, { input })
    const titles = async () =>
      (
        await archive.ask('query ($id: ID!) { contact(id: $id) { documents { edges { node { title } } } } }', {
          id: target.id,
        })
      ).documents.edges.map(({ node }: { node: { title: string } }) => node.title)
    expect(await titles()).toEqual(['Contract', 'Nachweis'])
    expect((await archive.look(id)).contactCount).toBe(2)
    expect((await archive.look(both)).contactCount).toBe(2)
    const [own] = (await disclosed(target.uuid)).filter(({ record }) => record['title'] === 'Nachweis')
    expect(await contentOf(own?.files?.[0]?.open())).toContain('proof')
    const undo = 'mutation ($t: ID!, $m: ID!) { undoMerge(targetId: $t, mergeId: $m) { id } }'
    await archive.ask(undo, { t: target.id, m: merges[0].id })
    expect(await titles()).toEqual(['Contract'])
    expect((await archive.look(id)).contactCount).toBe(1)
  })
})

describe('housekeeping', () => {
  it('sweeps away what came to nothing, once it is old, and nothing else', async () => {
    const { id } = await archive.person()
    const { versions } = await archive.look(await archive.upload({ contacts: [id] }, pdf('stays')))
    const orphan = `documents/${crypto.randomUUID()}`
    const foreign = `packages/${crypto.randomUUID()}`
    for (const key of [orphan, foreign])
      await archive.storage.put(
        key,
        (async function* () {
          yield Buffer.from('x')
        })(),
      )
    const failing = archive.storage.put(
      `documents/${crypto.randomUUID()}`,
      (async function* () {
        yield Buffer.from('x')
        throw new Error('broke off')
      })(),
    )
    await expect(failing).rejects.toThrow('broke off')
    await keepDocuments(work())
    expect(await archive.files()).toEqual(expect.arrayContaining([orphan, foreign]))
    const soon = new Date(Date.now() + 1000)
    await sweepLeftovers(work(), { drafts: soon, files: soon })
    const left = await archive.files()
    expect(left).not.toContain(orphan)
    expect(left).toEqual(expect.arrayContaining([foreign, `documents/${versions[0].id}`]))
    for (const key of [
      '../etc/passwd',
      'documents/../../x',
      'documents',
      'documents/.x',
      '/documents/x',
      'Documents/x',
    ])
      expect(() => archive.storage.remove(key)).toThrow('no key')
  })
})

describe('who is bound to purposes', () => {
  it('sees documents of contacts that they see, and those that belong to nobody', async () => {
    const [seen, unseen] = [await archive.person(), await archive.person()]
    const purpose = 'mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }'
    const names = [{ language: 'en', text: 'Orders' }]
    await archive.ask(purpose, { input: { key: 'orders', names, grounds: ['CONTRACT'] } })
    const record = 'mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }'
    await archive.ask(record, { input: { contactId: seen.id, purpose: 'orders', ground: 'CONTRACT' } })
    const by = await archive.somebody(['*'], ['orders'])

    const own = await archive.upload({ title: 'Bound own', contacts: [seen.id] }, pdf('own'))
    const shared = await archive.upload({ title: 'Bound shared', contacts: [seen.id, unseen.id] }, pdf('shared'))
    const hidden = await archive.upload({ title: 'Bound hidden', contacts: [unseen.id] }, pdf('hidden'))
    const free = await archive.upload({ title: 'Bound free', type: 'other', personal: 'NONE' }, pdf('free'))
    const { versions, version } = await archive.look(hidden)

    const list =
      'query ($f: DocumentFilter) { documents(filter: $f) { edges { node { id contactCount links { contact { id } } } } } }'
    const { edges } = await archive.ask(list, { f: { title: 'bound' } }, by)
    expect(edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual([free, shared, own])
    expect(edges[1].node).toMatchObject({ contactCount: 1, links: [{ contact: { id: seen.id } }] })
    const count = 'query ($f: DocumentFilter) { documentCount(filter: $f) }'
    expect(await archive.ask(count, { f: { title: 'BOUND' } }, by)).toBe(3)
    expect(
      (await archive.ask(list, { f: { contact: unseen.id, title: 'bound' } }, by)).edges.map(
        ({ node }: { node: { id: string } }) => node.id,
      ),
    ).toEqual([])
    expect(await archive.look(hidden, by)).toBeNull()
    expect((await archive.send(versions[0].url, { by })).status).toBe(404)
    for (const [mutation, variables] of [
      ['mutation ($id: ID!, $version: Int!) { deleteDocument(id: $id, version: $version) }', { id: hidden, version }],
      ['mutation ($id: ID!) { createDocumentVersionUpload(document: $id) { url } }', { id: hidden }],
      ['mutation ($id: ID!, $c: ID!) { linkDocument(document: $id, contact: $c) { id } }', { id: hidden, c: seen.id }],
      ['mutation ($id: ID!, $c: ID!) { linkDocument(document: $id, contact: $c) { id } }', { id: own, c: unseen.id }],
      [
        'mutation ($id: ID!, $c: ID!) { unlinkDocument(document: $id, contact: $c) { id } }',
        { id: shared, c: unseen.id },
      ],
    ] as const) {
      expect(await archive.fail(mutation, variables, by)).toMatchObject({ code: 'NOT_FOUND' })
    }
    // A refusal would tell of the other contact.
    const rename = 'mutation ($input: UpdateDocumentInput!) { updateDocument(input: $input) { title version } }'
    const { version: sharedVersion } = await archive.look(shared)
    const renamed = await archive.ask(
      rename,
      { input: { id: shared, version: sharedVersion, title: 'Bound renamed' } },
      by,
    )
    expect(renamed.title).toBe('Bound renamed')
    const announce = 'mutation ($id: ID!) { createDocumentVersionUpload(document: $id) { url } }'
    expect((await archive.put((await archive.ask(announce, { id: shared }, by)).url, pdf('next'), { by })).status).toBe(
      201,
    )
    const told = await archive.database.auditEntry.findMany({ where: { contactId: unseen.uuid, entityId: shared } })
    expect(told.map(({ operation }) => operation).toSorted()).toEqual([
      'updateDocument',
      'uploadDocument',
      'uploadDocument',
    ])
    // Whether others are left would show in what becomes of it.
    const unlink = 'mutation ($id: ID!, $c: ID!) { unlinkDocument(document: $id, contact: $c) { id } }'
    const alsoOther = { title: 'Price list', type: 'other', personal: 'NONE', contacts: [seen.id, unseen.id] }
    for (const id of [own, shared, await archive.upload(alsoOther, pdf('prices'))])
      expect((await archive.fail(unlink, { id, c: seen.id }, by)).faults).toMatchObject([{ rule: 'last_seen' }])
    const input = { title: 'x', type: 'letter', contacts: [seen.id, unseen.id] }
    expect(await archive.failAnnounce(input, by)).toMatchObject({ code: 'NOT_FOUND' })
    expect((await archive.send((await archive.look(own)).versions[0].url, { by })).status).toBe(200)
  })
})

describe('a list', () => {
  it('is filtered, sorted and paged, for one contact or for many at once', async () => {
    const people = [await archive.person(), await archive.person()]
    for (const [index, { id }] of people.entries())
      for (const name of ['Äpfel 100%', 'Birnen'])
        await archive.upload({ title: `${name} ${index}`, type: 'letter', contacts: [id] }, pdf(name))
    const list =
      'query ($f: DocumentFilter, $o: DocumentOrder, $n: Int, $a: String) { documents(filter: $f, orderBy: $o, first: $n, after: $a) { pageInfo { hasNextPage endCursor } edges { node { title } } } }'
    const titles = (page: { edges: { node: { title: string } }[] }) => page.edges.map(({ node }) => node.title)
    expect(titles(await archive.ask(list, { f: { title: 'apfel 100%' } }))).toEqual(['Äpfel 100% 1', 'Äpfel 100% 0'])
    const f = { contact: people[0]?.id, types: ['letter'], personal: ['LINKED'], unlinked: false }
    const first = await archive.ask(list, { f, o: { createdAt: 'ASC' }, n: 1 })
    expect(titles(first)).toEqual(['Äpfel 100% 0'])
    const next = await archive.ask(list, { f, o: { createdAt: 'ASC' }, n: 1, a: first.pageInfo.endCursor })
    expect([titles(next), next.pageInfo.hasNextPage]).toEqual([['Birnen 0'], false])
    expect(await archive.fail(list, { f, o: { updatedAt: 'DESC' }, a: first.pageInfo.endCursor })).toMatchObject({
      code: 'BAD_CURSOR',
    })
    const contacts = await archive.ask(
      '{ contacts(first: 100) { edges { node { documents(first: 1) { pageInfo { hasNextPage } edges { node { title versions { number } type { key } } } } } } } }',
    )
    const pages = contacts.edges.map(({ node }: { node: { documents: { edges: object[] } } }) => node.documents)
    expect(pages.filter((page: { edges: object[] }) => page.edges.length > 1)).toEqual([])
    expect(
      pages.filter((page: { pageInfo: { hasNextPage: boolean } }) => page.pageInfo.hasNextPage).length,
    ).toBeGreaterThan(1)
  })
})
