import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ImportRow } from '../../src/modules/contacts/import/row.ts'
import { importContacts } from '../../src/modules/contacts/import/run.ts'
import { seedDraft } from '../../src/modules/contacts/seed/generate.ts'
import { admin, startTestApp, type TestApp } from '../support/app.ts'
import { browserIsThere, graphiql, openBrowser, typeSignIn, visitor } from './browser.ts'

const contacts = 30
const inGraphiql = /^https:\/\/[^/]+\/graphql/
const toSignIn = /^https:\/\/[^/]+\/sign-in/

describe.skipIf(!browserIsThere)('in a browser', () => {
  let server: TestApp
  let browser: Awaited<ReturnType<typeof openBrowser>>
  const analyst = { email: 'anna@example.org', password: '' }

  beforeAll(async () => {
    server = await startTestApp()
    browser = await openBrowser(server.ca)
    await importContacts({ ...server.work, requestId: 'seed' }, drafts(), {
      fileName: 'seed',
      format: 'jsonl',
      source: 'Made up for the test',
      sourceAt: new Date(0),
      ground: 'legitimate_interests',
      groundNote: 'These persons do not exist.',
    })
    const createUser = `mutation { createUser(input: { email: "${analyst.email}", roles: ["analyst"] }) { password } }`
    analyst.password = (await server.graphql(createUser, {}, await server.signIn())).data.createUser.password
  })
  afterAll(async () => {
    await Promise.all([browser?.remove(), server?.close()])
  })

  /** A visit from the first page on, at which the browser has nothing to complain of. */
  async function visit(path: string, use: (page: Page) => Promise<void>, options: BrowserContextOptions = {}) {
    const { context, page, complaints } = await visitor(browser, server.url, options)
    try {
      await page.goto(path)
      await use(page)
      expect(complaints).toEqual([])
    } finally {
      await context.close()
    }
  }

  async function signedIn(page: Page, { email, password } = admin) {
    await typeSignIn(page, email, password)
    await page.waitForURL(inGraphiql)
    return graphiql(page)
  }

  const alert = (page: Page) => page.getByRole('alert').filter({ hasText: /./ })
  const focused = (page: Page) => page.locator(':focus').getAttribute('name')

  describe('signing in', () => {
    test('comes first, and leads to GraphiQL, by keyboard alone', async () => {
      await visit('/', async (page) => {
        expect(page.url()).toMatch(toSignIn)
        await typeSignIn(page, admin.email, 'wrong')
        expect(await alert(page).textContent()).toBe('The e-mail address or the password is wrong.')
        expect(page.url()).toMatch(toSignIn)
        expect(await page.getByLabel('E-mail address').inputValue()).toBe(admin.email)

        expect([await focused(page), await page.getByLabel('Password').inputValue()]).toEqual(['password', ''])
        await page.keyboard.type(admin.password)
        await page.keyboard.press('Tab')
        await page.keyboard.press('Enter')
        await page.waitForURL(inGraphiql)
        await graphiql(page).tabs.first().waitFor()
      })
    })

    test('says what is missing, and goes there', async () => {
      await visit('/', async (page) => {
        await page.locator('#email:focus').press('Enter')
        expect(await alert(page).textContent()).toBe('Please enter your e-mail address.')
        expect(await focused(page)).toBe('email')
        await page.keyboard.type(admin.email)
        await page.keyboard.press('Enter')
        await alert(page).filter({ hasText: 'password' }).waitFor()
        expect(await focused(page)).toBe('password')
        expect(await page.getByLabel('Password').getAttribute('aria-invalid')).toBe('true')
      })
    })

    test.each([
      ['de-DE', 'de', 'Anmelden', 'E-Mail-Adresse', 'Passwort', 'E-Mail-Adresse oder Passwort ist falsch.'],
      ['fr-FR', 'en', 'Sign in', 'E-mail address', 'Password', 'The e-mail address or the password is wrong.'],
    ])('speaks to a browser in %s in "%s"', async (locale, language, title, email, password, refusal) => {
      const use = async (page: Page) => {
        expect(await page.locator('html').getAttribute('lang')).toBe(language)
        expect(await page.title()).toBe(`${title} – Lethe`)
        await page.getByLabel(email).fill(admin.email)
        await page.getByLabel(password).fill('wrong')
        await page.getByRole('button', { name: title }).click()
        expect(await alert(page).textContent()).toBe(refusal)
      }
      await visit('/sign-in', use, { locale })
    })

    test('fits on a narrow telephone', async () => {
      const use = async (page: Page) => {
        expect(await page.evaluate('document.body.scrollWidth <= innerWidth')).toBe(true)
      }
      await visit('/sign-in', use, { viewport: { width: 320, height: 480 }, isMobile: true, locale: 'de' })
    })

    test('ends with signing out', async () => {
      await visit(`/graphql?${new URLSearchParams({ query: 'mutation { signOut }' })}`, async (page) => {
        const { editor, run } = await signedIn(page)
        await editor.getByText('signOut').waitFor()
        expect(await run()).toEqual({ data: { signOut: true } })
        await page.reload()
        expect(page.url()).toMatch(toSignIn)
      })
    })
  })

  describe('GraphiQL', () => {
    test('opens with examples, all of which run', async () => {
      await visit('/', async (page) => {
        const { tabs, editor, result, run } = await signedIn(page)
        await tabs.first().waitFor()
        const names = await tabs.allInnerTexts()
        expect(names.map((name) => name.trim())).toEqual(['Contacts', 'Search', 'WhoChangedWhat', 'Duplicates'])
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
      await visit('/', async (page) => {
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
      await visit('/', async (page) => {
        const { editor, result } = await signedIn(page)
        await editor.getByText('query Contacts').waitFor()
        await editor.getByRole('button', { name: /^Execute query/ }).click()
        await result.getByText(`"totalCount": ${contacts}`).waitFor()
        const query = '{ contacts(first: 1) { edges { node { displayName } } } }'
        const { data } = await server.graphql(query, {}, await server.signIn())
        await result.getByText(`"displayName": "${data.contacts.edges[0].node.displayName}"`).waitFor()
      })
    })

    test('keeps operations in the browser, but no results', async () => {
      await visit('/', async (page) => {
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
      await visit('/', async (page) => {
        const { docs, readAbout } = await signedIn(page)
        await readAbout('Contact')
        await docs.getByText('the data subject').waitFor()
        await docs.getByRole('link', { name: 'emails' }).click()
        await docs.getByText('Right: read contacts.email, write contacts.email.').waitFor()
      })
    })

    test('shows an analyst what they may not read as null, and says where', async () => {
      const query = '{ contacts(first: 1) { edges { node { displayName birthDate } } } }'
      await visit(`/graphql?${new URLSearchParams({ query })}`, async (page) => {
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

    test('is kept from loading anything from elsewhere', async () => {
      const { context, page, complaints } = await visitor(browser, server.url)
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
