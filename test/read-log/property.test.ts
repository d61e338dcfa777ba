import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stage, startStage } from './support.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
  await stage.newContacts(3)
})

afterAll(() => stage.close())

const fieldsOfContact = [
  'givenName',
  'birthDate',
  'tags',
  'emails { address }',
  'phones { number }',
  'history(first: 1) { edges { cursor } }',
  'history(first: 1, field: "birthDate") { edges { cursor } }',
  'mergedInto { birthDate }',
]

const rights = [
  'contacts.contact',
  'contacts.name',
  'contacts.birthDate',
  'contacts.email',
  'audit.history',
  'identity.users',
]

const aliases = fc.constantFrom('one', 'two', 'three', 'four')
const ofContact = fc
  .array(fc.tuple(aliases, fc.constantFrom(...fieldsOfContact)), { minLength: 1, maxLength: 6 })
  .map((fields) => [...new Map(fields)].map(([alias, field]) => `${alias}: ${field}`).join(' '))
const ofQuery = fc.oneof(
  ofContact.map((fields) => `contacts(first: 3) { edges { node { ${fields} } } }`),
  ofContact.map(
    (fields) => `contacts(filter: { birthDate: { equals: "2000-01-01" } }) { edges { node { ${fields} } } }`,
  ),
  fc.constantFrom(
    'auditLog(first: 1) { edges { node { contact { birthDate } actor { email } } } }',
    'securityReview { key }',
    'users { edges { node { email } } }',
    'me { id }',
  ),
)
const queries = fc
  .array(fc.tuple(aliases, ofQuery), { minLength: 1, maxLength: 4 })
  .map((fields) => `{ ${[...new Map(fields)].map(([alias, field]) => `${alias}: ${field}`).join(' ')} }`)
const grants = fc
  .subarray(rights)
  .map((held) => Object.fromEntries(['audit.log', ...held].map((right) => [right, 'r'] as const)))

test('Every refusal in an answer is in exactly one entry, and there are no entries about others', async () => {
  await fc.assert(
    fc.asyncProperty(grants, queries, async (held, query) => {
      const somebody = await stage.person(held)
      const { errors, codes, requestId } = await stage.run(somebody, query)
      expect(codes.filter((code) => code !== 'FORBIDDEN')).toEqual([])
      const told = errors.flatMap(({ extensions: { right, denied } }) =>
        right ? [`read ${right}`] : denied.map(named),
      )
      const entries = await stage.entries({ requestId, action: 'refused' })
      expect(entries).toHaveLength(told.length > 0 ? 1 : 0)
      const logged = [entries[0]?.changes['denied']?.new ?? []].flat().flatMap((denial) => {
        const { times, ...rest } = Object(denial)
        return Array.from({ length: times }, () => named(rest))
      })
      expect(logged.sort()).toEqual(told.sort())
    }),
    { numRuns: 150 },
  )
}, 180_000)

const named = ({ right, access }: { right: string; access: string }) => `${access} ${right}`
