import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRegistry, type Registry } from './support.ts'

// An import brings contacts, and with them the ground to keep them; it only fills gaps.

let registry: Registry
beforeAll(async () => {
  registry = await openRegistry()
})
afterAll(() => registry.close())

const mutation = `mutation ($input: ImportContactsInput!) {
  importContacts(input: $input) { created changed unchanged rejected rejectedRows { faults { field message } } } }`

const importing = async (lines: readonly string[], input: object = {}) => {
  const content = lines.join('\n')
  const statement = {
    format: 'CSV',
    content,
    source: 'Trade fair',
    sourceAt: '2026-05-04T00:00:00Z',
    ground: 'CONSENT',
  }
  return (await registry.ask(mutation, { input: { ...statement, ...input } })).importContacts
}

const idOf = async (email: string): Promise<string> => {
  const query = 'query ($email: String!) { contacts(search: $email) { edges { node { id } } } }'
  return (await registry.ask(query, { email })).contacts.edges[0].node.id
}

const eventsOf = async (id: string) => {
  const query = `query ($id: ID!) { contact(id: $id) {
    lawfulness { events { kind purpose ground occurredAt source importId } } withoutBasis } }`
  const { contact } = await registry.ask(query, { id })
  return { withoutBasis: contact.withoutBasis, events: contact.lawfulness.events }
}

describe('an import for a purpose', () => {
  test('gives each contact its ground, since the data was obtained', async () => {
    await importing(['Email', 'one@example.org'], { purpose: 'newsletter' })
    const { events, withoutBasis } = await eventsOf(await idOf('one@example.org'))
    expect(events).toEqual([
      {
        kind: 'GIVEN',
        purpose: 'newsletter',
        ground: 'CONSENT',
        occurredAt: '2026-05-04T00:00:00.000Z',
        source: 'Trade fair',
        importId: expect.any(String),
      },
    ])
    expect(withoutBasis).toBe(false)
  })

  test('adds nothing when it is repeated', async () => {
    const lines = ['Email', 'twice@example.org']
    await importing(lines, { purpose: 'newsletter' })
    const again = await importing(lines, { purpose: 'newsletter', sourceAt: '2026-06-01T00:00:00Z' })
    expect(again).toMatchObject({ created: 0, changed: 0, unchanged: 1 })
    expect((await eventsOf(await idOf('twice@example.org'))).events).toHaveLength(1)
  })

  test('fills the gap of a contact that was there without a ground', async () => {
    const lines = ['Email', 'gap@example.org']
    await importing(lines)
    const id = await idOf('gap@example.org')
    expect(await eventsOf(id)).toEqual({ withoutBasis: true, events: [] })
    const listed = '{ contacts(filter: { withoutBasis: true }, search: "gap@example.org") { totalCount } }'
    expect((await registry.ask(listed)).contacts.totalCount).toBe(1)
    expect(await importing(lines, { purpose: 'newsletter' })).toMatchObject({ changed: 1 })
    expect(await registry.rulesOf(id, 'newsletter')).toEqual([true, 'VALID_BASIS'])
    expect((await registry.ask(listed)).contacts.totalCount).toBe(0)
  })

  test('brings nobody back who withdrew, and says so, once', async () => {
    const lines = ['Email', 'back@example.org']
    await importing(lines, { purpose: 'newsletter' })
    const contactId = await idOf('back@example.org')
    await registry.withdraw({ contactId, purpose: 'marketing' })
    for (const _time of [1, 2]) {
      await importing(lines, { purpose: 'newsletter', sourceAt: new Date().toISOString() })
    }
    expect(await registry.rulesOf(contactId, 'newsletter')).toEqual([false, 'WITHDRAWN_ABOVE', 'IMPORT_FILLS_GAPS'])
    expect((await eventsOf(contactId)).events.map(({ kind }: { kind: string }) => kind)).toEqual([
      'GIVEN',
      'WITHDRAWN',
      'GIVEN',
    ])
  })

  test('is refused for one that is not in the register, or may not rest on that ground', async () => {
    const input = { format: 'CSV', content: 'Email\nno@example.org', source: 'Fair', ground: 'CONSENT' }
    for (const purpose of ['nowhere', 'orders']) {
      const { code, faults } = await registry.fail(mutation, { input: { ...input, purpose } })
      expect([code, faults[0].field]).toEqual(['INVALID_INPUT', 'purpose'])
    }
  })
})

test('a dry run counts who would get a ground, and writes none', async () => {
  const lines = ['Email', 'dry@example.org']
  await importing(lines)
  const input = { purpose: 'newsletter' }
  expect(await importing(lines, { ...input, dryRun: true })).toMatchObject({ created: 0, changed: 1, unchanged: 0 })
  expect((await eventsOf(await idOf('dry@example.org'))).events).toEqual([])
  expect(await importing(lines, input)).toMatchObject({ created: 0, changed: 1, unchanged: 0 })
  expect(await importing(lines, { ...input, dryRun: true })).toMatchObject({ created: 0, changed: 0, unchanged: 1 })
})

describe('lines of JSON', () => {
  const format = 'JSONL'
  const emails = (address: string) => [{ address }]

  test('tell since when grounds hold', async () => {
    const result = await importing(
      [
        {
          emails: emails('lines@example.org'),
          bases: [
            { purpose: 'newsletter', ground: 'consent', since: '2026-04-12' },
            { purpose: 'orders', ground: 'contract' },
            { purpose: 'analysis', ground: 'consent', since: false },
          ],
        },
        { emails: emails('whim@example.org'), bases: [{ purpose: 'newsletter', ground: 'whim' }] },
        { emails: emails('where@example.org'), bases: [{ purpose: 'nowhere', ground: 'consent' }] },
        { emails: emails('ill@example.org'), bases: [{ purpose: 'allergies', ground: 'consent' }] },
      ].map((line) => JSON.stringify(line)),
      { format },
    )
    expect(result).toMatchObject({ created: 1, rejected: 3 })
    const fields = result.rejectedRows.map(({ faults }: { faults: { field: string }[] }) => faults[0]?.field)
    expect(fields).toEqual(['bases.0.ground', 'consent:nowhere', 'consent:allergies'])
    const { events } = await eventsOf(await idOf('lines@example.org'))
    expect(events).toEqual([
      expect.objectContaining({ purpose: 'newsletter', ground: 'CONSENT', occurredAt: '2026-04-12T00:00:00.000Z' }),
      expect.objectContaining({ purpose: 'orders', ground: 'CONTRACT', occurredAt: '2026-05-04T00:00:00.000Z' }),
    ])
  })

  test('need the right to record grounds', async () => {
    const caller = await registry.signInWith([{ right: 'contacts.*', read: true, write: true }])
    const line = { emails: emails('denied@example.org'), bases: [{ purpose: 'newsletter', ground: 'consent' }] }
    const input = { format, content: JSON.stringify(line), source: 'Fair', ground: 'CONSENT' }
    const { importContacts } = await caller.ask(mutation, { input })
    expect(importContacts).toMatchObject({ created: 0, rejected: 1, rejectedRows: [{ faults: [{ field: 'bases' }] }] })
  })
})

describe('columns of a table', () => {
  test('tell since when a ground holds', async () => {
    const map = [
      { column: 'Newsletter consent since', field: 'consent:newsletter' },
      { column: 'Customer', field: 'contract:orders' },
    ]
    await importing(
      [
        'Email,Newsletter consent since,Customer',
        'both@example.org,12.4.2026,yes',
        'neither@example.org,,no',
        'broken@example.org,some day,',
      ],
      { map },
    ).then((result) => expect(result).toMatchObject({ created: 2, rejected: 1 }))
    const { events } = await eventsOf(await idOf('both@example.org'))
    expect(events).toEqual([
      expect.objectContaining({ purpose: 'newsletter', ground: 'CONSENT', occurredAt: '2026-04-12T00:00:00.000Z' }),
      expect.objectContaining({ purpose: 'orders', ground: 'CONTRACT', occurredAt: '2026-05-04T00:00:00.000Z' }),
    ])
    expect(await eventsOf(await idOf('neither@example.org'))).toEqual({ withoutBasis: true, events: [] })
  })

  test('need the right to record grounds', async () => {
    const caller = await registry.signInWith([{ right: 'contacts.*', read: true, write: true }])
    const input = {
      format: 'CSV',
      content: 'Email,Consent\nrights@example.org,yes',
      source: 'Fair',
      ground: 'CONSENT',
      map: [{ column: 'Consent', field: 'consent:newsletter' }],
    }
    const { importContacts } = await caller.ask(mutation, { input })
    expect(importContacts).toMatchObject({ created: 0, rejected: 1, rejectedRows: [{ faults: [{ field: 'bases' }] }] })
    expect((await caller.fail(mutation, { input: { ...input, purpose: 'newsletter' } })).code).toBe('FORBIDDEN')
    const blind = await registry.signInWith([
      { right: 'contacts.*', read: true, write: true },
      { right: 'lawfulness.basis', read: false, write: true },
    ])
    const whole = { ...input, map: [], content: 'Email\nrights@example.org', purpose: 'newsletter', dryRun: true }
    expect((await blind.fail(mutation, { input: whole })).code).toBe('FORBIDDEN') // The counts would tell.
  })
})
