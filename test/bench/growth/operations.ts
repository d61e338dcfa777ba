import { makeNext } from '../../../src/modules/disclosure/worker.ts'
import { eraseNext } from '../../../src/modules/erasure/worker.ts'
import { makeFieldIndexes } from '../../../src/modules/fields/make-indexes.ts'
import { modules } from '../../../src/modules/index.ts'
import type { World } from '../peers/world.ts'

/** What was measured of an operation: milliseconds, and how often it ran. */
export type Figure = { p50: number; p99: number; samples: number }
export type Figures = ReadonlyMap<string, Figure>

type Operation = {
  name: string
  samples: number
  run: (index: number) => Promise<unknown>
  /** What is there for this operation alone. */
  around?: { before: () => Promise<unknown>; after: () => Promise<unknown> }
}

const page = '{ edges { node { id displayName emails { address } } } pageInfo { endCursor } }'
const searched = ['mül', 'berlin', 'anna', 'schmidt', 'ein']

/** Measures each wanted operation by itself, as the administrator, in all worlds by turns; what is warm after some runs stays so. */
export async function measureAll(
  worlds: readonly World[],
  wanted: (operation: Operation) => boolean,
): Promise<Figures[]> {
  const figures = worlds.map(() => new Map<string, Figure>())
  const operations = await Promise.all(worlds.map(async (world) => (await operationsOf(world)).filter(wanted)))
  for (const [number, { name, samples }] of (operations[0] ?? []).entries()) {
    const took = worlds.map((): number[] => [])
    for (const ofWorld of operations) await ofWorld[number]?.around?.before()
    const warm = Math.min(5, samples / 4)
    for (let count = 0; count < warm + samples; count++) {
      for (const [world, ofWorld] of operations.entries()) {
        const from = performance.now()
        await ofWorld[number]?.run(count)
        if (count >= warm) took[world]?.push(performance.now() - from)
      }
    }
    for (const ofWorld of operations) await ofWorld[number]?.around?.after()
    for (const [world, times] of took.entries()) {
      const sorted = times.toSorted((one, other) => one - other)
      const at = (share: number) => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0
      figures[world]?.set(name, { p50: at(0.5), p99: at(0.99), samples })
    }
  }
  return figures
}

async function operationsOf({ ask, contactIds, work, ownerUrl }: World): Promise<Operation[]> {
  const ids = contactIds.map((id) => btoa(`Contact:${id}`))
  const own = await Promise.all(Array.from({ length: 70 }, (_, index) => entered(ask, index)))
  const one = <T>(all: readonly T[], index: number): T | undefined => all[index % all.length]
  const behind = await farBehind(ask)
  const indexed = async (wanted: boolean) => {
    await ask(`mutation { requestFieldIndex(key: "customer_number", wanted: ${wanted}) { key } }`)
    await makeFieldIndexes(ownerUrl)
  }
  const list = (more: string) => ask(`{ contacts(first: 50${more}) ${page} }`)
  return [
    { name: 'List of 50', samples: 300, run: () => list('') },
    {
      name: 'List of 50, by name, far behind',
      samples: 300,
      run: (index) => list(`, orderBy: [{ familyName: ASC }], after: "${one(behind, index) ?? ''}"`),
    },
    { name: 'Search', samples: 300, run: (index) => list(`, search: "${one(searched, index)}"`) },
    {
      name: 'Filter by a custom field',
      samples: 300,
      run: (index) => list(withField('customer_number', `C-${String(index * 31).padStart(6, '0')}`)),
    },
    { name: 'Filter by a custom field, a third', samples: 300, run: () => list(withField('segment', 'private')) },
    {
      name: 'Filter by a custom field with its own index',
      samples: 300,
      around: { before: () => indexed(true), after: () => indexed(false) },
      run: (index) => list(withField('customer_number', `C-${String(index * 31).padStart(6, '0')}`)),
    },
    { name: 'lawfulFor', samples: 300, run: () => list(', lawfulFor: "newsletter"') },
    {
      name: 'One contact by its id',
      samples: 300,
      run: (index) =>
        ask('query ($id: ID!) { contact(id: $id) { displayName emails { address } } }', { id: one(ids, index) }),
    },
    {
      name: 'History of a contact',
      samples: 300,
      run: (index) =>
        ask(
          'query ($id: ID!) { contact(id: $id) { history(first: 20) { edges { node { operation recordedAt fields } } } } }',
          {
            id: one(own, index),
          },
        ),
    },
    { name: 'Lapsing within 30 days, the first 50', samples: 300, run: () => lapsing(ask, 30) },
    { name: 'Lapsing within a day, the first 50', samples: 300, run: () => lapsing(ask, 1) },
    {
      name: 'Access package',
      samples: 20,
      run: async (index) => {
        const input = { contactId: one(own, index), kind: 'ACCESS' }
        await ask('mutation ($input: DiscloseContactInput!) { discloseContact(input: $input) { id } }', { input })
        while (await makeNext(work, modules));
      },
    },
    {
      name: 'Erasure of a contact',
      samples: 40,
      run: async (index) => {
        const input = { contactId: own[index], ground: 'NO_LONGER_NEEDED', executeWhenApproved: true }
        await ask('mutation ($input: RequestErasureInput!) { requestErasure(input: $input) { id } }', { input })
        while (await eraseNext(work));
      },
    },
  ]
}

const withField = (key: string, value: string) =>
  `, filter: { customFields: [{ key: "${key}", is: { text: { equals: "${value}" } } }] }`

/** Where pages begin that nobody gets to in a hurry: some ten thousand contacts behind, or half of them. */
async function farBehind(ask: World['ask']): Promise<string[]> {
  const cursors: string[] = []
  for (let pages = 0; pages < 25; pages++) {
    const after = cursors.length > 0 ? `, after: "${cursors.at(-1)}"` : ''
    const { contacts } = await ask(
      `{ contacts(first: 500, orderBy: [{ familyName: ASC }]${after}) { pageInfo { endCursor hasNextPage } } }`,
    )
    if (!contacts.pageInfo.hasNextPage) break
    cursors.push(contacts.pageInfo.endCursor)
  }
  return cursors.slice(Math.floor(cursors.length / 2))
}

const lapsing = (ask: World['ask'], days: number) =>
  ask(`{ runReport(report: { key: "lapsing" }, first: 50, parameters: { days: ${days} }) { rows { id contactId } } }`)

/** A contact that was entered and changed, with consent, so that the log tells of it. */
async function entered(ask: World['ask'], index: number): Promise<string> {
  const input = {
    givenName: 'Ada',
    familyName: `Growth ${index}`,
    emails: [{ address: `growth-${index}-${Date.now()}@example.org` }],
  }
  const { createContact } = await ask(
    'mutation ($input: CreateContactInput!) { createContact(input: $input) { id version } }',
    { input },
  )
  const { id, version } = createContact
  const change = { id, version, jobTitle: 'Engineer' }
  await ask('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }', { input: change })
  const given = { contactId: id, purpose: 'newsletter', ground: 'CONSENT', source: 'a benchmark' }
  await ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', { input: given })
  return id
}
