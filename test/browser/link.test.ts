import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linkFor } from '../../src/modules/identity/links/invite.ts'
import { browserIsThere, visitor } from './browser.ts'
import { invite, newPerson, nextCodeOf, personWithApp, signIn } from './people.ts'
import { alert, arrive, focused, startVisits, typeAndEnter, type Visits } from './visits.ts'

describe.skipIf(!browserIsThere)('a link from a mail, in a browser,', () => {
  let visits: Visits
  beforeAll(async () => {
    visits = await startVisits({ graphiql: false })
  })
  afterAll(() => visits?.close())

  /** A link for a new password. */
  const resetLink = async ({ email }: { email: string }) => {
    const { work, url } = visits.server
    return (await linkFor({ ...work, publicUrl: url, requestId: randomUUID() }, email)).url
  }

  test('leads who is invited to a password and a first sign-in, in German, by keyboard alone', async () => {
    const { link, ...person } = await invite(visits.server)
    const use = async (page: Page) => {
      await page.locator('#new-password:focus').waitFor()
      expect(page.url()).toBe(`${visits.server.url}/link`)
      expect(await page.title()).toBe('Passwort wählen – Lethe')
      await page.getByText('Willkommen bei Lethe.').waitFor()
      expect(await page.getByLabel('E-Mail-Adresse').inputValue()).toBe(person.email)
      await typeAndEnter(page, 'kurz')
      await alert(page).filter({ hasText: 'Dieses Passwort ist zu kurz.' }).waitFor()
      await typeAndEnter(page, 'passwordpassword')
      await alert(page).filter({ hasText: 'Dieses Passwort verwenden viele' }).waitFor()
      expect(await focused(page)).toBe('new-password')
      await typeAndEnter(page, person.password)
      await arrive(page, '/account')
      await page.getByRole('heading', { name: person.name }).waitFor()
      await page.getByRole('button', { name: 'Abmelden' }).first().click()
      await arrive(page, '/sign-in')
      await signIn(page, person)
    }
    await visits.visit(link, use, { locale: 'de-DE' })
  })

  test('is not used up by opening it, and its token stands in no address that is asked for', async () => {
    const { link } = await invite(visits.server)
    const [, token = ''] = link.split('#')
    for (let times = 0; times < 2; times++) {
      const { context, page } = await visitor(visits.browser, visits.server.url)
      const asked: string[] = []
      context.on('request', (request) => asked.push(request.url(), JSON.stringify(request.headers())))
      await page.goto(link)
      await page.getByText('Welcome to Lethe.').waitFor()
      await page.getByRole('button', { name: 'Suggest a password' }).click()
      await page.getByText('A random password is in the field.').waitFor()
      await page.goto('/sign-in')
      await page.goBack()
      await page.waitForURL('**/link')
      // The browser itself keeps what is behind the # to itself.
      expect(asked.filter((text) => text.replace(link, '').includes(token))).toEqual([])
      await context.close()
    }
  })

  test('works once, and then says what to do', async () => {
    const { link, password } = await invite(visits.server)
    await visits.visit(link, async (page) => {
      await page.locator('#new-password:focus').waitFor()
      await typeAndEnter(page, password)
      await arrive(page, '/account')
    })
    await visits.visit(link, async (page) => {
      await page.getByRole('heading', { name: 'This link does not work' }).waitFor()
      expect([await focused(page), await page.title()]).toEqual([
        'This link does not work',
        'This link does not work – Lethe',
      ])
      await page.getByRole('link', { name: 'To the page for signing in' }).click()
      await arrive(page, '/sign-in')
    })
  })

  test.each(['/link', '/link#', '/link#made-up'])('is none without its token: %s', async (path) => {
    await visits.visit(path, (page) => page.getByRole('heading', { name: 'This link does not work' }).waitFor())
  })

  test('was used elsewhere while the form was open', async () => {
    const { link, password } = await invite(visits.server)
    await visits.visit(link, async (page) => {
      await page.locator('#new-password:focus').waitFor()
      const mutation =
        'mutation ($token: String!, $password: String!) { useLink(token: $token, password: $password) { token } }'
      await visits.server.graphql(mutation, { token: link.split('#')[1], password })
      await typeAndEnter(page, password)
      await page.getByRole('heading', { name: 'This link does not work' }).waitFor()
    })
  })

  test('ASVS 6.4.3: sets a new password, and asks for the second factor of who has one', async () => {
    const person = await personWithApp(visits.server)
    await visits.visit(await resetLink(person), async (page) => {
      await page.getByText('Choose a new password for your account.').waitFor()
      await typeAndEnter(page, 'nine herrings under the ice')
      await page.locator('#totp:focus').waitFor()
      await typeAndEnter(page, nextCodeOf(person.secret))
      await arrive(page, '/account')
      await page.getByText('by link + one-time code').waitFor()
    })
  })

  test('is looked at when it comes into a tab where another one was', async () => {
    const [first, second] = [await invite(visits.server), await newPerson(visits.server)]
    await visits.visit(first.link, async (page) => {
      await page.getByText('Welcome to Lethe.').waitFor()
      await page.goto(await resetLink(second))
      await page.getByText('Choose a new password for your account.').waitFor()
      expect(await page.getByLabel('E-mail address').inputValue()).toBe(second.email)
    })
  })

  test('can be tried again when the server was away', async () => {
    const { link } = await invite(visits.server)
    const { context, page } = await visitor(visits.browser, visits.server.url)
    await page.route('**/graphql', (route) => route.abort(), { times: 1 })
    await page.goto(link)
    await page.getByRole('heading', { name: 'That did not work' }).waitFor()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Welcome to Lethe.').waitFor()
    await context.close()
  })

  test('says what it needs to a browser that runs no scripts', async () => {
    const { link } = await invite(visits.server)
    const use = async (page: Page) => {
      expect(await page.locator('noscript p').textContent()).toMatch(/^This link needs JavaScript to be on\./)
      expect(await page.locator('form:visible').count()).toBe(0)
    }
    await visits.visit(link, use, { javaScriptEnabled: false })
  })
})
