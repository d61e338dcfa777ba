import axe, { type RunOptions } from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin } from '../support/app.ts'
import { browserIsThere, typeSignIn } from './browser.ts'
import { codeOf, invite, letProofsAge, newPerson, signIn, virtualAuthenticator } from './people.ts'
import { alert, arrive, startVisits, typeAndEnter, type Visits } from './visits.ts'

const readers: [string, BrowserContextOptions][] = [
  ['in English, on a desk', { locale: 'en-GB', viewport: { width: 1280, height: 800 } }],
  // As wide as a page is at 1280 pixels and a zoom of 400 % (WCAG 1.4.10).
  ['in German, on a narrow telephone', { locale: 'de-DE', viewport: { width: 320, height: 480 }, isMobile: true }],
]

describe.skipIf(!browserIsThere).each(readers)(
  'every state of every page can be used by everybody: %s',
  (_name, reader) => {
    let visits: Visits
    beforeAll(async () => {
      visits = await startVisits({ graphiql: false })
    })
    afterAll(() => visits?.close())

    const press = (page: Page, selector: string) => page.locator(selector).locator('visible=true').first().click()

    test('signing in', async () => {
      const use = async (page: Page) => {
        await offerEverything(page)
        await page.goto('/sign-in')
        await page.locator('#provider:visible').waitFor()
        await check(page, 'the form')
        await press(page, '#sign-in form button:not([type])')
        await check(page, 'something is missing')
        await typeSignIn(page, admin.email, 'wrong')
        await alert(page)
          .filter({ hasText: /wrong|falsch/ })
          .waitFor()
        await check(page, 'refused')
        await press(page, '[data-reveals]')
        await check(page, 'the password is shown')
        await press(page, '#forgotten')
        await check(page, 'the password is forgotten')
        await press(page, '#ask-for-link form button')
        await page.locator('#link-sent').waitFor()
        await check(page, 'a link is on its way')
        await page.goto('/sign-in?error=provider-unknown-user')
        await alert(page).waitFor()
        await check(page, 'sent back by the provider')
      }
      await visits.visit('/sign-in', use, reader)
    })

    test('a link', async () => {
      const { link } = await invite(visits.server)
      const use = async (page: Page) => {
        await page.locator('#choose-password').waitFor()
        await check(page, 'a new password')
        await press(page, '[data-generates]')
        await page.locator('#generated').filter({ hasText: /./ }).waitFor()
        await check(page, 'a generated password')
        await page.locator('#new-password').fill('short')
        await page.keyboard.press('Enter')
        await alert(page).waitFor()
        await check(page, 'refused')
        await page.goto('/sign-in')
        await page.goto('/link#none')
        await page.locator('#invalid').waitFor()
        await check(page, 'an old link')
        await refuseAll(page)
        await page.goto('about:blank')
        await page.goto(link)
        await page.locator('#failed').waitFor()
        await check(page, 'no answer')
      }
      await visits.visit(link, use, reader)
    })

    test('the account, and second factors', async () => {
      const person = await newPerson(visits.server)
      const use = async (page: Page) => {
        await virtualAuthenticator(page)
        await signIn(page, person)
        await page.locator('#set-up-app:visible').waitFor()
        await page.keyboard.press('Tab')
        await check(page, 'an account')
        await page.locator('#new-password').fill('short')
        await page.keyboard.press('Enter')
        await alert(page).waitFor()
        await check(page, 'a password is refused')
        await press(page, '#set-up-app')
        await page.locator('#app:visible').waitFor()
        await check(page, 'an app is set up')
        await typeAndEnter(page, '000000')
        await alert(page).filter({ hasText: /code/i }).waitFor()
        await check(page, 'the code is wrong')
        await page.locator('#app-code').fill(codeOf((await page.locator('#secret').textContent()) ?? ''))
        await page.keyboard.press('Enter')
        await page.locator('#codes:visible').waitFor()
        await check(page, 'recovery codes')
        await press(page, '#codes [data-closes]')
        await page.locator('#remove-app:visible').waitFor()
        await press(page, '#add-passkey')
        await page.locator('#passkey:visible').waitFor()
        await check(page, 'a passkey gets a name')
        await page.keyboard.press('Enter')
        await page.locator('#passkeys li').waitFor()
        await check(page, 'with second factors')
        await press(page, '#passkeys button')
        await page.locator('#sure:visible').waitFor()
        await check(page, 'a question whether to')
        await letProofsAge(visits.server)
        await press(page, '#sure-yes')
        await page.locator('#confirm-password:visible').waitFor()
        await check(page, 'who is it')
        await typeAndEnter(page, person.password)
        await page.locator('#confirm-factor:visible').waitFor()
        await check(page, 'who is it, by a second factor')
        await page.keyboard.press('Escape')

        await press(page, '#sign-out')
        await arrive(page, '/sign-in')
        await typeSignIn(page, person.email, person.password)
        await page.locator('#second-factor:visible').waitFor()
        await check(page, 'a passkey')
        await press(page, '[data-other=TOTP]')
        await check(page, 'a one-time code')
        await press(page, '[data-other=RECOVERY_CODE]')
        await typeAndEnter(page, 'wrong')
        await alert(page).waitFor()
        await check(page, 'a recovery code that is wrong')
      }
      await visits.visit('/sign-in', use, reader)
    })

    /** Nothing that axe finds, on light and dark; nothing to scroll sideways for; and the focus somewhere in the page. */
    async function check(page: Page, state: string) {
      await page.evaluate(axe.source)
      for (const [colorScheme, rules] of inSchemes) {
        await page.emulateMedia({ colorScheme })
        const found = await page.evaluate<string[]>(`axe.run(${JSON.stringify(rules)}).then(
        ({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`)
        const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
        const isLost = await page.evaluate('document.activeElement === document.body')
        expect({ state, colorScheme, found, isWide, isLost }).toEqual({
          state,
          colorScheme,
          found: [],
          isWide: false,
          isLost: false,
        })
      }
    }
  },
)

// Everything on light; on dark, what colours change.
const inSchemes: readonly ['light' | 'dark', RunOptions][] = [
  ['light', { rules: { 'target-size': { enabled: true } } }],
  ['dark', { runOnly: ['color-contrast', 'link-in-text-block'] }],
]

/** As if this installation could mail, and had an identity provider. */
const offerEverything = (page: Page) =>
  page.route('**/graphql', async (route) => {
    const operation: string = route.request().postDataJSON().query
    const signInOptions = { passwordReset: true, provider: { name: 'Example', path: '/sign-in/provider' } }
    if (operation.includes('signInOptions')) await route.fulfill({ json: { data: { me: null, signInOptions } } })
    else if (operation.includes('requestPasswordReset')) await route.fulfill({ json: { data: {} } })
    else await route.continue()
  })

/** As if the database was away. */
const refuseAll = (page: Page) =>
  page.route('**/graphql', (route) =>
    route.fulfill({ json: { errors: [{ message: 'away', extensions: { code: 'UNAVAILABLE' } }] } }),
  )
