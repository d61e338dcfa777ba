import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ImportRow } from '../../src/modules/contacts/import/row.ts'
import { importContacts } from '../../src/modules/contacts/import/run.ts'
import { seedDraft } from '../../src/modules/contacts/seed/generate.ts'
import { reportUrl } from '../../src/modules/reports/schedules/mail/link.ts'
import { admin } from '../support/app.ts'
import { browserIsThere, graphiql, typeSignIn, visitor } from './browser.ts'
import { startVisits, type Visits } from './visits.ts'

const contacts = 30
const inGraphiql = /^https:\/\/[^/]+\/graphql/

describe.skipIf(!browserIsThere)('in a browser', () => {
  let visits: Visits
  const analyst = { email: 'anna@example.org', password: '' }
  const statistician = { email: 'sam@example.org', password: '' }

  beforeAll(async () => {
    visits = await startVisits()
    const { server } = visits
    await importContacts({ ...server.work, requestId: 'seed' }, drafts(), {
      fileName: 'seed',
      format: 'jsonl',
      source: 'Made up for the test',
      sourceAt: new Date(0),
      ground: 'legitimate_interests',
      groundNote: 'These persons do not exist.',
    })
    for (const [user, role] of [
      [analyst, 'analyst'],
      [statistician, 'statistician'],
    ] as const) {
      const createUser = `mutation { createUser(input: { email: "${user.email}", roles: ["${role}"] }) { password } }`
      user.password = (await server.graphql(createUser, {}, await server.signIn())).data.createUser.password
    }
  })
  afterAll(() => visits?.close())

  async function signedIn(page: Page, { email, password } = admin) {
    await typeSignIn(page, email, password)
    await page.waitForURL(inGraphiql)
    return graphiql(page)
  }

  describe('GraphiQL', () => {
    test('opens with examples, all of which run', async () => {
      await visits.visit('/', async (page) => {
        const { tabs, editor, result, run } = await signedIn(page)
        await tabs.first().waitFor()
        const names = await tabs.allInnerTexts()
        expect(names.map((name) => name.trim())).toEqual([
          'Contacts',
          'Search',
          'WhoChangedWhat',
          'NumbersByYear',
          'ConsentsByQuarter',
          'LawfulFor',
          'Duplicates',
        ])
        for (const name of names) {
          await tabs.filter({ hasText: name }).click()
          await editor.getByText(`query ${name.trim()}`).waitFor()
          const { data, errors } = await run()
          expect([name, errors]).toEqual([name, undefined])
          await result.getByText(`"${Object.keys(data)[0]}": `).waitFor()
        }
      })
    })

    test('is the same after a reload', async () => {
      await visits.visit('/', async (page) => {
        const { tabs, editor } = await signedIn(page)
        await editor.getByText('query Contacts').waitFor()
        const before = await tabs.allInnerTexts()
        await expect.poll(() => page.evaluate(`localStorage['graphiql:tabState']`)).toBeTruthy()
        await page.reload()
        await editor.getByText('query Contacts').waitFor()
        expect(await tabs.allInnerTexts()).toEqual(before)
      })
    })

    test('shows contacts at the press of a button', async () => {
      await visits.visit('/', async (page) => {
        const { editor, result } = await signedIn(page)
        await editor.getByText('query Contacts').waitFor()
        await editor.getByRole('button', { name: /^Execute query/ }).click()
        await result.getByText(`"totalCount": ${contacts}`).waitFor()
        const query = '{ contacts(first: 1) { edges { node { displayName } } } }'
        const { data } = await visits.server.graphql(query, {}, await visits.server.signIn())
        await result.getByText(`"displayName": "${data.contacts.edges[0].node.displayName}"`).waitFor()
      })
    })

    test('opens with the report that a link in a mail leads to, by way of signing in', async () => {
      const linked = { reference: { key: 'lapsing' }, parameters: { days: 30 }, language: 'en' } as const
      const { pathname, search } = new URL(reportUrl(visits.server.url, linked))
      await visits.visit(pathname + search, async (page) => {
        const { editor, run } = await signedIn(page)
        await editor.getByText('query Report').waitFor()
        const { data, errors } = await run()
        expect([data?.runReport.totalCount, errors]).toEqual([0, undefined])
      })
    })

    test('tells what an operation cost, below its answer', async () => {
      await visits.visit(`/graphql?${new URLSearchParams({ query: '{ me { name } }' })}`, async (page) => {
        const { editor, result, run } = await signedIn(page)
        await editor.getByText('me').first().waitFor()
        await run()
        await result.getByText('"requested": 4').waitFor()
      })
    })

    test('keeps operations in the browser, but no results', async () => {
      await visits.visit('/', async (page) => {
        const { editor, result, run } = await signedIn(page)
        await editor.getByText('query Contacts').waitFor()
        await run()
        await result.getByText('@').first().waitFor()
        const kept = () => page.evaluate<string>('JSON.stringify({ ...localStorage, ...sessionStorage })')
        await expect.poll(kept).toMatch(/tabState.*query Contacts/)
        expect(await kept()).not.toContain('@')
      })
    })

    test('tells the right that a field needs, in its documentation', async () => {
      await visits.visit('/', async (page) => {
        const { docs, readAbout } = await signedIn(page)
        await readAbout('Contact')
        await docs.getByText('the data subject').waitFor()
        await docs.getByRole('link', { name: 'emails' }).click()
        await docs.getByText('Right: read contacts.email, write contacts.email.').waitFor()
      })
    })

    test('shows an analyst what they may not read as null, and says where', async () => {
      const query = '{ contacts(first: 1) { edges { node { displayName birthDate } } } }'
      await visits.visit(`/graphql?${new URLSearchParams({ query })}`, async (page) => {
        const { editor, result, run } = await signedIn(page, analyst)
        await editor.getByText('birthDate').waitFor()
        const { data, errors } = await run()
        expect(data.contacts.edges).toEqual([{ node: { displayName: expect.any(String), birthDate: null } }])
        expect(errors).toMatchObject([
          { path: ['contacts', 'edges', 0, 'node', 'birthDate'], extensions: { code: 'FORBIDDEN' } },
        ])
        await result.getByText('"birthDate": null').waitFor()
        await result.getByText('"code": "FORBIDDEN"').waitFor()
      })
    })

    test('opens for those who see no contacts with numbers, and refuses changes', async () => {
      await visits.visit('/', async (page) => {
        const { tabs, editor, result, run, docs, readAbout } = await signedIn(page, statistician)
        await editor.getByText('query NumbersByYear').waitFor()
        expect((await tabs.allInnerTexts()).slice(0, 2).map((name) => name.trim())).toEqual([
          'NumbersByYear',
          'ConsentsByQuarter',
        ])
        const { data, errors } = await run()
        expect([data.statistics.cells, errors]).toEqual([[], undefined])
        await result.getByText('"requested": ').waitFor()
        await readAbout('StatisticCell')
        await docs.getByRole('link', { name: 'count' }).click()
        await docs.getByText('Right: read statistics.statistics.').waitFor()
        const change = 'mutation { createContact(input: { givenName: "Eve" }) { id } }'
        await page.goto(`/graphql?${new URLSearchParams({ query: change })}`)
        await editor.getByText('createContact').waitFor()
        expect((await run()).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
      })
    })

    test('leads to the account of who is signed in', async () => {
      await visits.visit('/', async (page) => {
        await signedIn(page)
        await page.getByRole('link', { name: 'Your account' }).click()
        await page.getByText(admin.email).waitFor()
        await page.getByRole('link', { name: 'GraphiQL' }).click()
        await page.waitForURL(inGraphiql)
      })
    })

    test('is kept from loading anything from elsewhere', async () => {
      const { context, page, complaints } = await visitor(visits.browser, visits.server.url)
      await page.goto('/')
      await signedIn(page)
      await page.evaluate(`fetch('https://elsewhere.example/').catch(() => undefined)`)
      await page.evaluate(`document.body.append(Object.assign(new Image(), { src: 'https://elsewhere.example/' }))`)
      await expect.poll(() => complaints).toContain('img-src blocks https://elsewhere.example/')
      expect(complaints).toContain('connect-src blocks https://elsewhere.example/')
      await context.close()
    })
  })
})

async function* drafts(): AsyncGenerator<ImportRow> {
  for (let index = 0; index < contacts; index++) {
    const { externalId, ...draft } = seedDraft(index)
    yield { place: `contact ${index}`, draft, externalId, faults: [], original: { format: 'jsonl', line: '' } }
  }
}
