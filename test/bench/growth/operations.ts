import { makeNext } from '../../../src/modules/disclosure/worker.ts'
import { eraseNext } from '../../../src/modules/erasure/worker.ts'
import { modules } from '../../../src/modules/index.ts'
import type { World } from '../peers/world.ts'

/** What was measured of an operation: milliseconds, and how often it ran. */
export type Figure = { p50: number; p99: number; samples: number }
export type Figures = ReadonlyMap<string, Figure>

type Operation = { name: string; samples: number; run: (index: number) => Promise<unknown> }

const page = '{ edges { node { id displayName emails { address } } } pageInfo { endCursor } }'
const searched = ['mül', 'berlin', 'anna', 'schmidt', 'ein']

/** Measures each wanted operation by itself, as the administrator; what is warm after some runs stays so. */
export async function measureAll(world: World, wanted: (operation: Operation) => boolean): Promise<Figures> {
  const figures = new Map<string, Figure>()
  for (const { name, samples, run } of (await operationsOf(world)).filter(wanted)) {
    for (let count = 0; count < Math.min(5, samples / 4); count++) await run(count)
    const took: number[] = []
    for (let count = 0; count < samples; count++) {
      const from = performance.now()
      await run(count + 5)
      took.push(performance.now() - from)
    }
    const sorted = took.toSorted((one, other) => one - other)
    const at = (share: number) => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0
    figures.set(name, { p50: at(0.5), p99: at(0.99), samples })
  }
  return figures
}

export async function operationsOf({ ask, contactIds, work }: World): Promise<Operation[]> {
  const ids = contactIds.map((id) => btoa(`Contact:${id}`))
  const own = await Promise.all(Array.from({ length: 70 }, (_, index) => entered(ask, index)))
  const one = <T>(all: readonly T[], index: number): T | undefined => all[index % all.length]
  const behind = await farBehind(ask)
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
      run: (index) =>
        list(
          `, filter: { customFields: [{ key: "customer_number", is: { text: { equals: "C-${String(index * 31).padStart(6, '0')}" } } }] }`,
        ),
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
