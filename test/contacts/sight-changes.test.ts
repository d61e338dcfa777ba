import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { importContacts } from '../../src/modules/contacts/import/run.ts'
import { run, type TestContext } from '../support/context.ts'
import { uuid } from './lists-support.ts'
import { openRegistry, type Registry } from './sight-support.ts'

// A bound caller changes no contact that they don't see, and hears what they would hear if there were none.

let registry: Registry
let bound: TestContext
let seen: string
let unseen: string
const absent = Buffer.from('Contact:01a00000-0000-7000-8000-000000000000').toString('base64')
beforeAll(async () => {
  registry = await openRegistry()
  bound = registry.holding({ purposes: ['newsletter'] })
})
afterAll(() => registry.close())
beforeEach(async () => {
  seen = await registry.create({ givenName: 'Seen', emails: [{ address: 'seen@example.org' }] }, 'newsletter')
  unseen = await registry.create({ givenName: 'Unseen', emails: [{ address: 'unseen@example.org' }] })
})

/** What is stored, as one text. */
async function stored() {
  const { contact, contactPoint, contactMerge, auditEntry, loyaltyPoints } = registry.database
  const order = { orderBy: { id: 'asc' } } as const
  return JSON.stringify(
    [
      await contact.findMany(order),
      await contactPoint.findMany(order),
      await contactMerge.findMany(order),
      await auditEntry.findMany(order),
      await loyaltyPoints.findMany(order),
    ],
    (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  )
}

/** Tries an operation with each id; the answers have to be alike, and nothing may happen. */
async function alike(mutation: string, variables: (id: string) => Record<string, unknown>) {
  const before = await stored()
  const answers = []
  for (const id of [unseen, absent]) {
    const { data, errors } = await run(bound, mutation, variables(id))
    answers.push({ data, errors: errors.map(({ message, extensions, path }) => ({ message, extensions, path })) })
  }
  expect(answers[0]).toEqual(answers[1])
  expect(await stored()).toBe(before)
  return answers[0]?.errors[0]
}

describe('for an unseen contact as for an absent one', () => {
  const update = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }'
  const merge = 'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { id } }'
  const undo = 'mutation ($id: ID!, $mergeId: ID!) { undoMerge(targetId: $id, mergeId: $mergeId) { id } }'
  const notFound = { message: 'There is no such Contact.', extensions: { code: 'NOT_FOUND' } }

  test.each([
    ['a name', { givenName: 'Changed' }],
    ['an old version', { version: 7 }],
    ['an empty change', {}],
    ['a point that it has not', { removeEmails: ['x'] }],
    ['a fault', { language: '?' }],
  ])('updateContact answers, given %s', async (_case, change) => {
    const error = await alike(update, (id) => ({ input: { id, version: 1, ...change } }))
    expect(error).toMatchObject(notFound)
  })

  test('updateContact answers, given a point of the contact', async () => {
    const point = await registry.database.contactPoint.findFirstOrThrow({ where: { contactId: uuid(unseen) } })
    for (const change of [{ removeEmails: [point.id] }, { updateEmails: [{ id: point.id, label: 'x' }] }]) {
      expect(await alike(update, (id) => ({ input: { id, version: 1, ...change } }))).toMatchObject(notFound)
    }
    // Nor do points of an unseen contact belong to a seen one.
    const { errors } = await run(bound, update, { input: { id: seen, version: 1, removeEmails: [point.id] } })
    const { errors: made } = await run(bound, update, { input: { id: seen, version: 1, removeEmails: [randomUUID()] } })
    expect(errors[0]?.message).toBe(made[0]?.message)
  })

  test('mergeContacts answers', async () => {
    for (const version of [1, 7]) {
      const into = await alike(merge, (id) => ({ input: { targetId: id, version, sourceIds: [seen] } }))
      expect(into).toMatchObject(notFound)
    }
    const from = await alike(merge, (id) => ({ input: { targetId: seen, version: 1, sourceIds: [id] } }))
    expect(from).toMatchObject(notFound)
  })

  test('undoMerge answers', async () => {
    const mergeId = await registry.merge(unseen, await registry.create({ givenName: 'Gone' }, 'newsletter'))
    expect(await alike(undo, (id) => ({ id, mergeId }))).toMatchObject({ extensions: { code: 'NOT_FOUND' } })
  })

  test('undoMerge answers when the source is unseen', async () => {
    const mergeId = await registry.merge(seen, unseen)
    const before = await stored()
    const { errors } = await run(bound, undo, { id: seen, mergeId })
    expect(errors[0]).toMatchObject(notFound)
    expect(await stored()).toBe(before)
    await registry.forget(unseen)
    expect((await run(bound, undo, { id: seen, mergeId })).errors[0]?.message).toBe(errors[0]?.message)
  })

  test('a mutation of another module answers, without a word about it in the module', async () => {
    const award = 'mutation ($id: ID!) { awardLoyaltyPoints(contactId: $id, points: 1) { points } }'
    expect(await alike(award, (id) => ({ id }))).toMatchObject(notFound)
    expect((await run(bound, award, { id: seen })).errors).toEqual([])
  })
})

test('a seen contact is changed and merged as ever', async () => {
  const other = await registry.create({ givenName: 'Other' }, 'newsletter')
  const update = 'mutation ($id: ID!) { updateContact(input: { id: $id, version: 1, jobTitle: "Baker" }) { jobTitle } }'
  expect((await run(bound, update, { id: seen })).data).toEqual({ updateContact: { jobTitle: 'Baker' } })
  const merge =
    'mutation ($id: ID!, $other: ID!) { mergeContacts(input: { targetId: $id, version: 2, sourceIds: [$other] }) { merges { id source { givenName } } } }'
  const { data } = await run(bound, merge, { id: seen, other })
  expect(data.mergeContacts.merges).toMatchObject([{ source: { givenName: 'Other' } }])
  const undo = 'mutation ($id: ID!, $mergeId: ID!) { undoMerge(targetId: $id, mergeId: $mergeId) { givenName } }'
  const { data: undone } = await run(bound, undo, { id: seen, mergeId: data.mergeContacts.merges[0].id })
  expect(undone).toEqual({ undoMerge: { givenName: 'Other' } })
})

test('taking a merge back gives a contact nothing from an unseen one', async () => {
  const source = await registry.create({ givenName: 'Seen', jobTitle: 'Baker' }, 'newsletter')
  const hidden = await registry.create({ givenName: 'Seen', jobTitle: 'Zqspy' })
  const mergeId = await registry.merge(seen, source)
  await registry.merge(seen, hidden)
  const undo = 'mutation ($id: ID!, $mergeId: ID!) { undoMerge(targetId: $id, mergeId: $mergeId) { givenName } }'
  expect((await run(bound, undo, { id: seen, mergeId })).errors).toEqual([])
  const { data } = await run(bound, 'query ($id: ID!) { contact(id: $id) { jobTitle } }', { id: seen })
  expect(data).toEqual({ contact: { jobTitle: null } })
})

describe('an import', () => {
  const mutation = `mutation ($content: String!, $dryRun: Boolean!) {
    importContacts(input: { format: JSONL, content: $content, source: "a fair", ground: CONSENT, dryRun: $dryRun }) { created changed unchanged }
  }`

  test.each([true, false])(
    'is not for those who are bound, whether the row is known or not (dry run: %s)',
    async (dryRun) => {
      const known = '{"givenName":"Known","emails":[{"address":"known@example.org"}]}\n'
      await registry.act(mutation, { content: known, dryRun: false })
      const before = await stored()
      const answers = []
      for (const content of [known, known.replaceAll('nown', 'new'), 'no JSON at all', '']) {
        const { data, errors } = await run(bound, mutation, { content, dryRun })
        expect(data).toEqual({ importContacts: null })
        answers.push(errors.map(({ message, extensions }) => ({ message, extensions })))
      }
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
      expect(answers[0]).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
      expect(await stored()).toBe(before)
      expect(await registry.database.import.count({ where: { finishedAt: null } })).toBe(0)
    },
  )

  test('at the command line has no such bounds', async () => {
    const { rights: _all, ...operator } = registry.context
    const rows = (async function* () {})()
    const statement = {
      fileName: '',
      format: 'jsonl',
      source: 'x',
      sourceAt: new Date(),
      ground: 'consent',
      groundNote: '',
    } as const
    expect(await importContacts(operator, rows, statement)).toMatchObject({ created: 0 })
  })
})

describe('a unit of work', () => {
  test('may change a contact further once it was seen there, and what it made itself', async () => {
    await transact(bound, 'test', async (tx) => {
      const where = { id: uuid(seen) }
      await tx.contact.update({ where, data: { jobTitle: 'one' } })
      await tx.$executeRaw`DELETE FROM told_basis WHERE contact_id = ${uuid(seen)}::uuid`
      await tx.contact.update({ where, data: { jobTitle: 'two' } })
      const id = randomUUID()
      await tx.contact.create({ data: { id, givenName: 'Made' } })
      await tx.contact.update({ where: { id }, data: { givenName: 'Made again' } })
    })
    const before = await stored()
    const again = transact(bound, 'test', (tx) =>
      tx.contact.update({ where: { id: uuid(seen) }, data: { jobTitle: 'three' } }),
    )
    await expect(again).rejects.toThrow('There is no such Contact.')
    expect(await stored()).toBe(before)
  })

  test.each(['updateMany', 'deleteMany'] as const)(
    'refuses %s over seen and unseen contacts as a whole',
    async (operation) => {
      const before = await stored()
      const where = { contactId: { in: [uuid(seen), uuid(unseen)] } }
      const work = transact(bound, 'test', (tx) =>
        operation === 'updateMany'
          ? tx.contactPoint.updateMany({ where, data: { label: 'x' } })
          : tx.contactPoint.deleteMany({ where }),
      )
      await expect(work).rejects.toThrow('There is no such Contact.')
      expect(await stored()).toBe(before)
    },
  )
})
