import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Log, makeLog, tampered, verify } from './support.ts'
import { type Choice, damages, edits, fingerprint, rewritings, rollbacks, type Tamper } from './tamperings.ts'

let log: Log
let untouched: string
beforeAll(async () => {
  log = await makeLog({ entries: 280, between: 20, renamed: 'renamed.example/audit' })
  untouched = await fingerprint(log.client)
})

const choice: fc.Arbitrary<Choice> = fc.record({ a: fc.nat(100_000), b: fc.nat(100_000), c: fc.nat(100_000) })

const oneOf = (tamperings: Record<string, Tamper>) =>
  fc.record({ name: fc.constantFrom(...Object.keys(tamperings)), choice })

const alone = { ...edits, ...damages, ...rewritings }

// Nothing signed vouches for any size, and there is a leaf with the largest index that PostgreSQL has.
const beyondAllNumbers = ['all signed with another key', 'leaf where numbers end', 'recorded_at of an entry'].map(
  (name) => ({
    name,
    choice: { a: name.startsWith('all') ? 1847 : 0, b: 0, c: 0 },
  }),
)

/** Does all of it, and tells whether it changed anything. */
async function doing(
  tamperings: Record<string, Tamper>,
  done: readonly { name: string; choice: Choice }[],
  outside: readonly string[],
) {
  let isChanged = false
  const verification = await tampered(
    log,
    async (client) => {
      for (const { name, choice } of done) {
        await client.query('SAVEPOINT one')
        // What one did may leave no room for the next: a number that is taken, say.
        await tamperings[name]?.(client, choice).catch((error: unknown) => {
          if (!isConflict(error)) throw error
          return client.query('ROLLBACK TO one')
        })
      }
      isChanged = (await fingerprint(client)) !== untouched
    },
    outside,
    { guards: [] }, // Nothing here touches them.
  )
  return { ...verification, isChanged }
}

// Of data or of constraints.
const isConflict = (error: unknown) => error instanceof Error && 'code' in error && /^2[23]/.test(`${error.code}`)

test('finds nothing in a log that nobody touched', async () => {
  const { findings, leaves, waiting, checkpoints, newest, epochs } = await verify(log, log.notes)
  expect(findings).toEqual([])
  expect({ leaves, waiting, checkpoints, epochs }).toMatchObject({
    leaves: newest?.size,
    waiting: 0,
    checkpoints: log.notes.length,
    epochs: [{ epoch: 2, lost: undefined }],
  })
})

describe('finds what a superuser did', { timeout: 900_000 }, () => {
  // To single rows, or to all of them so that they fit each other.
  test.for(Object.keys(alone))('without a checkpoint from outside: %s', async (name) => {
    await fc.assert(
      fc.asyncProperty(choice, async (choice) => {
        const { findings, isChanged } = await doing(alone, [{ name, choice }], [])
        expect(findings.length > 0, JSON.stringify(findings)).toBe(isChanged)
        fc.pre(isChanged) // What was so already doesn't count.
      }),
      { numRuns: 4 },
    )
  })

  test('in any combination, against a later checkpoint', async () => {
    const all = { ...alone, ...rollbacks }
    let found = 0
    await fc.assert(
      fc.asyncProperty(fc.array(oneOf(all), { minLength: 1, maxLength: 4 }), async (done) => {
        const { findings, isChanged } = await doing(all, done, log.notes)
        expect(findings.length > 0, JSON.stringify(findings)).toBe(isChanged)
        if (isChanged) found++
      }),
      { numRuns: 250, examples: [[beyondAllNumbers]] },
    )
    expect(found).toBeGreaterThan(200)
  })
})
