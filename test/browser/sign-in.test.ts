import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin, startTestApp, type TestApp } from '../support/app.ts'
import { withClient } from '../support/database.ts'
import { providerConfig, startTestProvider, type TestProvider } from '../support/provider.ts'
import { browserIsThere, graphiql, openBrowser, type RemovableBrowser, typeSignIn, visitor } from './browser.ts'
import { nextCodeOf, personWithApp } from './people.ts'
import { alert, arrive, focused, startVisits, typeAndEnter, type Visits } from './visits.ts'

const toSignIn = /^https:\/\/[^/]+\/sign-in/

describe.skipIf(!browserIsThere)('signing in, in a browser,', () => {
  let visits: Visits
  beforeAll(async () => {
    visits = await startVisits()
  })
  afterAll(() => visits?.close())

  test('comes first, and leads to GraphiQL, by keyboard alone', async () => {
    await visits.visit('/', async (page) => {
      expect(page.url()).toMatch(toSignIn)
      await typeSignIn(page, admin.email, 'wrong')
      expect(await alert(page).textContent()).toBe('The e-mail address or the password is wrong.')
      expect(page.url()).toMatch(toSignIn)
      expect(await page.getByLabel('E-mail address').filter({ visible: true }).inputValue()).toBe(admin.email)

      const password = page.getByLabel('Password', { exact: true })
      expect([await focused(page), await password.inputValue()]).toEqual(['password', ''])
      await page.keyboard.type(admin.password)
      await page.keyboard.press('Tab')
      expect(await focused(page)).toBe('Show')
      await page.keyboard.press('Tab')
      expect(await focused(page)).toBe('Sign in')
      await page.keyboard.press('Enter')
      await arrive(page, '/graphql')
      await graphiql(page).tabs.first().waitFor()
    })
  })

  test('says what is missing, and goes there', async () => {
    await visits.visit('/', async (page) => {
      await page.locator('#email:focus').press('Enter')
      expect(await alert(page).textContent()).toBe('Please enter your e-mail address.')
      expect(await focused(page)).toBe('email')
      await typeAndEnter(page, admin.email)
      await alert(page).filter({ hasText: 'password' }).waitFor()
      expect(await focused(page)).toBe('password')
      const password = page.getByLabel('Password', { exact: true })
      expect(await password.getAttribute('aria-invalid')).toBe('true')
      expect(await password.getAttribute('aria-describedby')).toBe(await alert(page).getAttribute('id'))
    })
  })

  test.each([
    ['de-DE', 'de', 'Anmelden', 'E-Mail-Adresse', 'Passwort', 'E-Mail-Adresse oder Passwort ist falsch.'],
    ['fr-FR', 'en', 'Sign in', 'E-mail address', 'Password', 'The e-mail address or the password is wrong.'],
  ])('speaks to a browser in %s in "%s"', async (locale, language, title, email, password, refusal) => {
    const use = async (page: Page) => {
      expect(await page.locator('html').getAttribute('lang')).toBe(language)
      expect(await page.title()).toBe(`${title} – Lethe`)
      await page.getByLabel(email).filter({ visible: true }).fill(admin.email)
      await page.getByLabel(password, { exact: true }).fill('wrong')
      await page.getByRole('button', { name: title }).click()
      expect(await alert(page).textContent()).toBe(refusal)
    }
    await visits.visit('/sign-in', use, { locale })
  })

  test('ASVS 6.2.6: a password can be shown, and is hidden when it is sent', async () => {
    await visits.visit('/sign-in', async (page) => {
      await page.getByLabel('E-mail address').filter({ visible: true }).fill('nobody@example.org')
      const password = page.getByLabel('Password', { exact: true })
      await password.fill('wrong')
      expect(await password.getAttribute('type')).toBe('password')
      await page.getByRole('button', { name: 'Show password' }).click()
      expect(await password.getAttribute('type')).toBe('text')
      await password.press('Enter')
      await alert(page).waitFor()
      expect(await password.getAttribute('type')).toBe('password')
      await page.getByRole('button', { name: 'Show password' }).waitFor()
    })
  })

  test.each([
    ['/account', '/account'],
    ['/graphql?query=%7Bme%7Bid%7D%7D', '/graphql?query=%7Bme%7Bid%7D%7D'],
    ['https://elsewhere.example/', '/graphql'],
    ['//elsewhere.example/', '/graphql'],
    ['/\\elsewhere.example/', '/graphql'],
    ['javascript:alert(1)', '/graphql'],
  ])('goes on to where one wanted to go, on this host alone: %s', async (next, path) => {
    await visits.visit(`/sign-in?${new URLSearchParams({ next })}`, async (page) => {
      await typeSignIn(page, admin.email, admin.password)
      await page.waitForURL(visits.server.url + path, { waitUntil: 'commit' })
    })
  })

  test('is not asked of who is signed in: links on other sites come without the cookie', async () => {
    await visits.visit('/sign-in', async (page) => {
      await typeSignIn(page, admin.email, admin.password)
      await arrive(page, '/graphql')
      await page.goto('/sign-in?next=/account')
      await arrive(page, '/account')
    })
  })

  test('says how long to wait after too many tries', async () => {
    const use = async (page: Page) => {
      await page.getByLabel('E-Mail-Adresse').filter({ visible: true }).fill('somebody@example.org')
      const password = page.getByLabel('Passwort', { exact: true })
      const waiting = alert(page).filter({ hasText: 'Zu viele Versuche' })
      while (!(await waiting.isVisible())) {
        const answered = page.waitForResponse('**/graphql')
        await password.fill('wrong')
        await password.press('Enter')
        await (await answered).finished()
        await alert(page).waitFor()
      }
      const text = /^Zu viele Versuche\. Bitte versuchen Sie es in \d+ (Sekunden?|Minuten?|Stunden?) noch einmal\.$/
      expect(await waiting.textContent()).toMatch(text)
      expect(await password.getAttribute('aria-invalid')).toBeNull()
    }
    await visits.visit('/sign-in', use, { locale: 'de' })
  })

  test('asks for a one-time code where there is an app, by keyboard alone', async () => {
    const person = await personWithApp(visits.server)
    await visits.visit('/sign-in?next=/account', async (page) => {
      await typeSignIn(page, person.email, person.password)
      await page.locator('#totp:focus').waitFor()
      expect(await page.title()).toBe('Second factor – Lethe')
      expect(await page.getByLabel('One-time code').getAttribute('autocomplete')).toBe('one-time-code')
      await typeAndEnter(page, '000000')
      expect(await alert(page).textContent()).toBe('This code is not right, or was used before.')
      expect(await focused(page)).toBe('totp')
      // As some apps show it.
      await typeAndEnter(page, nextCodeOf(person.secret).replace(/^.../, '$& '))
      await arrive(page, '/account')
    })
  })

  test('takes a recovery code instead, once', async () => {
    const person = await personWithApp(visits.server)
    const [code = ''] = person.recoveryCodes
    const offerCode = async (page: Page) => {
      await typeSignIn(page, person.email, person.password)
      await page.getByRole('button', { name: 'Use a recovery code' }).click()
      expect(await focused(page)).toBe('recovery-code')
      await typeAndEnter(page, code.toUpperCase())
    }
    await visits.visit('/sign-in?next=/account', async (page) => {
      await offerCode(page)
      await arrive(page, '/account')
    })
    await visits.visit('/sign-in?next=/account', async (page) => {
      await offerCode(page)
      expect(await alert(page).textContent()).toBe('This code is not right, or was used before.')
      await page.getByRole('button', { name: 'Use a one-time code' }).click()
      expect(await alert(page).count()).toBe(0)
      await typeAndEnter(page, nextCodeOf(person.secret))
      await arrive(page, '/account')
    })
  })

  test('begins again when the second factor comes too late, without the password in the field', async () => {
    const person = await personWithApp(visits.server)
    await visits.visit('/sign-in?next=/account', async (page) => {
      await typeSignIn(page, person.email, person.password)
      await page.locator('#totp:focus').waitFor()
      await withClient(visits.server.config.databaseUrl ?? '', (client) =>
        client.query(`UPDATE sign_in_challenge SET expires_at = expires_at - interval '6 minutes'`),
      )
      await typeAndEnter(page, nextCodeOf(person.secret))
      expect(await alert(page).textContent()).toBe('That took too long. Please sign in again.')
      expect([await focused(page), await page.locator('#password').inputValue()]).toEqual(['password', ''])
      expect(await page.locator('#email').inputValue()).toBe(person.email)
    })
  })

  test('can be thought better of', async () => {
    const person = await personWithApp(visits.server)
    await visits.visit('/sign-in?next=/account', async (page) => {
      await typeSignIn(page, person.email, person.password)
      await page.getByRole('button', { name: 'Back' }).click()
      expect([await focused(page), await page.title()]).toEqual(['password', 'Sign in – Lethe'])
    })
  })

  test('offers no way that this installation does not have', async () => {
    await visits.visit('/sign-in?next=/account', async (page) => {
      await page.waitForResponse('**/graphql')
      expect(await page.getByText('Forgotten').isVisible()).toBe(false)
      expect(await page.getByRole('link').count()).toBe(0)
    })
  })

  test('says what it needs to a browser that runs no scripts', async () => {
    const use = async (page: Page) => {
      const text = page.locator('noscript p')
      expect([await text.isVisible(), await text.textContent()]).toEqual([
        true,
        'Zum Anmelden muss JavaScript eingeschaltet sein.',
      ])
      expect(await page.locator('form:visible').count()).toBe(0)
    }
    await visits.visit('/sign-in', use, { locale: 'de', javaScriptEnabled: false })
  })

  test('ends with signing out', async () => {
    await visits.visit(`/graphql?${new URLSearchParams({ query: 'mutation { signOut }' })}`, async (page) => {
      await typeSignIn(page, admin.email, admin.password)
      await arrive(page, '/graphql')
      const { editor, run } = graphiql(page)
      await editor.getByText('signOut').waitFor()
      expect(await run()).toMatchObject({ data: { signOut: true } })
      await page.reload()
      expect(page.url()).toMatch(toSignIn)
    })
  })
})

describe.skipIf(!browserIsThere)('other ways to sign in, in a browser,', () => {
  let provider: TestProvider
  let server: TestApp
  let browser: RemovableBrowser
  beforeAll(async () => {
    provider = await startTestProvider()
    provider.accounts['grace'] = {
      email: 'grace@example.org',
      email_verified: true,
      name: 'Grace Hopper',
      groups: ['crm'],
    }
    setDefaultCACertificates([...getCACertificates('default'), provider.ca])
    server = await startTestApp({
      config: {
        provider: providerConfig(provider.issuer, {
          name: 'Example & Sons',
          roles: [{ value: 'crm', role: 'editor' }],
        }),
        mail: { smtpUrl: 'smtp://localhost', from: 'lethe@example.org' },
      },
    })
    provider.serve(server.url)
    browser = await openBrowser(server.ca, provider.ca)
  })
  afterAll(async () => {
    await Promise.all([browser?.remove(), server?.close()])
    await provider?.stop()
  })

  async function visit(path: string, use: (page: Page) => Promise<void>) {
    const { context, page, complaints } = await visitor(browser, server.url)
    try {
      await page.goto(path)
      await use(page)
      const elsewhere = `asks ${provider.issuer}`
      expect(complaints.filter((complaint) => !complaint.startsWith(elsewhere))).toEqual([])
    } finally {
      await context.close()
    }
  }

  test('with an identity provider, at the press of one button, one arrives where one wanted to go', async () => {
    provider.answer = { subject: 'grace' }
    await visit('/sign-in?next=/account', async (page) => {
      await page.getByRole('link', { name: 'Sign in with Example & Sons' }).click()
      await arrive(page, '/account')
      await page.getByRole('heading', { name: 'Grace Hopper' }).waitFor()
      await page.getByText('by identity provider').waitFor()
    })
  })

  test('who refuses there is told so, once', async () => {
    provider.answer = 'refuses'
    await visit('/sign-in?next=/account', async (page) => {
      await page.getByRole('link', { name: 'Sign in with' }).click()
      expect(await alert(page).textContent()).toBe('Signing in was broken off, or not allowed there.')
      expect(new URL(page.url()).search).toBe('?next=%2Faccount')
      await page.reload()
      await page.getByRole('link', { name: 'Sign in with' }).waitFor()
      expect(await alert(page).count()).toBe(0)
    })
  })

  test.each([
    ['provider-failed', 'The other service did not answer as it should.'],
    ['provider-unknown-user', 'You are known there, but that opens no account here.'],
    ['provider-expired', 'That took too long.'],
  ])('says why one was sent back: %s', async (error, text) => {
    await visit(`/sign-in?error=${error}`, async (page) => {
      await alert(page).filter({ hasText: text }).waitFor()
    })
  })

  test.each(['title', 'constructor', 'provider-', '<b>'])('says nothing that a link makes up: %s', async (error) => {
    await visit(`/sign-in?${new URLSearchParams({ error })}`, async (page) => {
      await page.getByRole('link', { name: 'Sign in with' }).waitFor()
      expect(await alert(page).count()).toBe(0)
    })
  })

  test.each([admin.email, 'nobody@example.org'])(
    'ASVS 6.3.8: who forgot the password gets the same answer, known or not: %s',
    async (email) => {
      await visit('/sign-in', async (page) => {
        await page.locator('#email:focus').fill(email)
        await page.getByRole('button', { name: 'Forgotten your password?' }).click()
        expect(await page.locator('#address').inputValue()).toBe(email)
        await page.getByRole('button', { name: 'Send link' }).click()
        await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor()
        expect(await focused(page)).toBe('Look into your mailbox')
        await page.getByText('If there is an account with this address, a mail with a link is on its way.').waitFor()
        await page.getByRole('button', { name: 'Back' }).click()
        await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      })
    },
  )
})
