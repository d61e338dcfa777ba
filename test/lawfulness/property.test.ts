import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { appendEvents } from '../../src/modules/lawfulness/basis/append.ts'
import { decide } from '../../src/modules/lawfulness/law/decide.ts'
import { plant, uuid } from '../contacts/lists-support.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { eventsOf, history, registerOfModel } from './histories.ts'
import { mayProcess } from './model.ts'

// Random histories against a simple model of the law; and what the database says of many contacts against both.

let app: TestApp
let token: string
beforeAll(async () => {
  app = await startTestApp()
  token = await app.signIn()
  await transact({ ...app.work, requestId: randomUUID() }, 'test', (tx) =>
    tx.purpose.createMany({
      data: [...registerOfModel.values()].map((purpose) => ({ ...purpose, ...unsaid, id: randomUUID() })),
    }),
  )
})
afterAll(() => app.close())

const unsaid = {
  names: {},
  descriptions: {},
  dataSubjects: [],
  dataCategories: [],
  recipients: [],
  transfers: [],
  createdAt: new Date(),
}

const purposes = [...registerOfModel.keys()]

test('what is decided is what the law says, at any moment', () => {
  const now = new Date()
  fc.assert(
    fc.property(history, fc.integer({ min: -45, max: 60 }), (one, days) => {
      const { events, birthDate } = eventsOf(one, now)
      const at = new Date(now.getTime() + days * 86_400_000)
      for (const purpose of purposes) {
        const question = { purpose, at, birthDate, restrictions: [] }
        // By what is known at the end; what happens after the moment changes nothing about it.
        const { allowed, reasons } = decide(events, registerOfModel, question)
        expect(allowed).toBe(mayProcess(events, registerOfModel, question))
        expect(reasons.length).toBeGreaterThan(0)
        expect(reasons.every(({ rule }) => (rule === 'valid_basis') === allowed)).toBe(true)
      }
    }),
    { numRuns: 3000 },
  )
})

/** Nobody, or from a day on, perhaps lifted on a later one. */
const restriction = fc.option(fc.record({ daysAgo: fc.integer({ min: 1, max: 60 }), lifted: fc.boolean() }), {
  freq: 2,
})

test('a list has exactly those who may be processed, restricted or not, and the filter exactly those without any ground', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(history, restriction), { minLength: 30, maxLength: 30 }), async (histories) => {
      const now = new Date()
      const people = histories.map(([one, restricted]) => {
        const from = new Date(now.getTime() - (restricted?.daysAgo ?? 0) * 86_400_000)
        const until = restricted?.lifted ? new Date(from.getTime() + 3_600_000) : null
        return { ...eventsOf(one, now), restrictions: restricted ? [{ from, until }] : [] }
      })
      const planted = await plant(
        app,
        people.map(({ birthDate }) => ({ columns: { familyName: 'Model', birthDate } })),
      )
      for (const [index, { events, restrictions }] of people.entries()) {
        const contactId = uuid(planted[index] ?? '')
        await transact({ ...app.work, requestId: randomUUID() }, 'test', (tx) =>
          appendEvents(
            tx,
            { ...app.work, requestId: randomUUID() },
            events.map(({ recordedAt: _, ...event }) => ({ ...event, contactId })),
            registerOfModel,
          ),
        )
        for (const { from, until } of restrictions) await restrictFor(contactId, from, until)
      }
      const at = new Date()
      const wanted = (test: (person: (typeof people)[number]) => boolean) =>
        planted
          .filter((_id, index) => test(people[index] ?? { events: [], birthDate: null, restrictions: [] }))
          .toSorted()
      const may = ({ events, birthDate, restrictions }: (typeof people)[number], purpose: string) =>
        decide(events, registerOfModel, { purpose, at, birthDate, restrictions }).allowed
      const listed = async (condition: string) =>
        (await allOf(condition)).filter((id: string) => planted.includes(id)).toSorted()
      for (const purpose of purposes) {
        expect(await listed(`lawfulFor: "${purpose}"`)).toEqual(wanted((person) => may(person, purpose)))
      }
      // Held they may be all the same.
      const without = wanted((person) => !purposes.some((purpose) => may({ ...person, restrictions: [] }, purpose)))
      expect(await listed('filter: { withoutBasis: true }')).toEqual(without)
      expect(await listed('filter: { withoutBasis: false }')).toEqual(
        planted.filter((id) => !without.includes(id)).toSorted(),
      )
    }),
    { numRuns: 6, endOnFailure: true },
  )
}, 120_000)

/** A request for restriction that was granted, as if long ago. */
const restrictFor = (contactId: string, decidedAt: Date, liftedAt: Date | null) =>
  transact({ ...app.work, requestId: randomUUID() }, 'test', (tx) =>
    tx.subjectRequest.create({
      data: {
        ...{ contactId, id: randomUUID(), kind: 'restriction', status: 'fulfilled', channel: 'letter' },
        ...{ receivedAt: decidedAt, dueAt: decidedAt, decidedAt, liftedAt },
      },
    }),
  )

async function allOf(condition: string): Promise<string[]> {
  const query = `{ contacts(${condition}, orderBy: [{ createdAt: DESC }], first: 500) { edges { node { id } } } }`
  const { data, errors } = await app.graphql(query, {}, token)
  expect(errors).toBeUndefined()
  return data.contacts.edges.map(({ node }: { node: { id: string } }) => node.id)
}
