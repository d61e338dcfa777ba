import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../../src/database/json.ts'
import { transact } from '../../src/database/transact.ts'
import { LetheError } from '../../src/graphql/errors.ts'
import { updateContact } from '../../src/modules/contacts/update.ts'
import { type TestContext, testContext } from '../support/context.ts'
import { freshDatabase } from '../support/database.ts'
import { openEntry } from '../support/log.ts'

let context: TestContext

beforeAll(async () => {
  context = testContext(await freshDatabase())
})

afterAll(() => context.close())

const writers = Array.from({ length: 20 }, (_, index) => `writer ${index}`)

async function newContact() {
  const id = uuidv7()
  await transact(context, 'test', (tx) =>
    tx.contact.create({ data: { id, jobTitle: 'nobody', familyName: 'Lovelace' } }),
  )
  return id
}

async function expectChain(id: string) {
  const entries = await context.database.auditEntry.findMany({ where: { contactId: id, action: 'updated' } })
  const opened = await Promise.all(entries.map((entry) => openEntry(context.keys, entry, context.database)))
  const steps = new Map(opened.map(({ jobTitle }) => [jobTitle?.old, jobTitle?.new]))
  // Followed from the first value, each old value is the new value of exactly one other entry.
  let value: Json | undefined = 'nobody'
  for (const _ of writers) value = steps.get(value)
  expect(entries).toHaveLength(writers.length)
  // The first entry is the one of the creation; who was counted twice was tried again.
  const numbers = entries.map(({ sequence }) => Number(sequence)).toSorted((one, other) => one - other)
  expect(numbers).toEqual(writers.map((_, index) => index + 2))
  expect(new Set(steps.values())).toEqual(new Set(writers))
  expect((await context.database.contact.findUniqueOrThrow({ where: { id } })).jobTitle).toBe(value)
}

test('twenty at once through transact: old and new values form one unbroken chain', async () => {
  const id = await newContact()
  await Promise.all(
    writers.map((jobTitle) =>
      transact(context, 'test', (tx) => tx.contact.update({ where: { id }, data: { jobTitle } })),
    ),
  )
  await expectChain(id)
})

test('twenty at once through updateContact, each trying again when somebody was first', async () => {
  const id = await newContact()
  const update = async (jobTitle: string): Promise<void> => {
    const { version } = await context.database.contact.findUniqueOrThrow({ where: { id } })
    try {
      await updateContact(context, { id, version, columns: { jobTitle }, points: [] })
    } catch (error) {
      if (!(error instanceof LetheError && error.code === 'CONFLICT')) throw error
      await update(jobTitle)
    }
  }
  await Promise.all(writers.map(update))
  await expectChain(id)
  expect((await context.database.contact.findUniqueOrThrow({ where: { id } })).version).toBe(21)
})
