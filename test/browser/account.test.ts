import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserIsThere, typeSignIn, visitor } from './browser.ts'
import { codeOf, letProofsAge, newPerson, nextCodeOf, personWithApp, signIn, virtualAuthenticator } from './people.ts'
import { alert, arrive, focused, startVisits, typeAndEnter, type Visits } from './visits.ts'

describe.skipIf(!browserIsThere)('the account page, in a browser,', () => {
  let visits: Visits
  beforeAll(async () => {
    visits = await startVisits({ graphiql: false })
  })
  afterAll(() => visits?.close())

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const dialog = (page: Page, name: string) => page.getByRole('dialog', { name })
  const notice = (page: Page, text: string) => page.getByRole('status').filter({ hasText: text })

  test('asks who is not signed in to do that first, and says who one is', async () => {
    const person = await newPerson(visits.server)
    await visits.visit('/account', async (page) => {
      await page.waitForURL('**/sign-in?next=%2Faccount')
      await typeSignIn(page, person.email, person.password)
      await arrive(page, '/account')
      await page.getByRole('heading', { name: person.name }).waitFor()
      expect(await page.locator('#my-email').textContent()).toBe(person.email)
      expect(await page.locator('#my-roles').textContent()).toBe('Analyst')
      await button(page, 'Sign out').first().click()
      await arrive(page, '/sign-in')
      await page.goto('/account')
      await arrive(page, '/sign-in')
    })
  })

  describe('the password', () => {
    test('is changed to a generated one, which ends the other sessions', async () => {
      const person = await newPerson(visits.server)
      await visits.visit('/', async (page) => {
        await signIn(page, person)
        await button(page, 'Suggest a password').click()
        await notice(page, 'A random password is in the field.').waitFor()
        const field = page.getByLabel('New password', { exact: true })
        expect(await field.getAttribute('type')).toBe('text')
        const password = await field.inputValue()
        expect(password).toMatch(/^(\w{4}-){4}\w{4}$/)
        await button(page, 'Change password').click()
        await notice(page, 'Your password is changed.').waitFor()
        expect(await focused(page)).toBe('Change password')
        expect([await field.inputValue(), await field.getAttribute('type')]).toEqual(['', 'password'])
        const { data } = await visits.server.graphql('{ me { id } }', {}, person.token)
        expect(data?.me ?? null).toBeNull()

        await button(page, 'Sign out').first().click()
        await arrive(page, '/sign-in')
        await signIn(page, { ...person, password })
      })
    })

    test('is refused where it breaks a rule, and the rule is said', async () => {
      const person = await newPerson(visits.server)
      await visits.visit('/', async (page) => {
        await signIn(page, person)
        await page.getByText('At least 15 characters, or 8 with a second factor').waitFor()
        await page.getByLabel('New password', { exact: true }).fill('short')
        await page.keyboard.press('Enter')
        await alert(page).filter({ hasText: 'This password is too short.' }).waitFor()
        expect(await focused(page)).toBe('new-password')
        expect(await page.locator('#new-password').getAttribute('aria-invalid')).toBe('true')
      })
    })

    test('ASVS 7.5.1: is changed only by who proves again to be its owner, after a while', async () => {
      const person = await newPerson(visits.server)
      await visits.visit('/', async (page) => {
        await signIn(page, person)
        await letProofsAge(visits.server)
        await page.getByLabel('New password', { exact: true }).fill('nine herrings under the ice')
        await page.keyboard.press('Enter')
        const confirmation = dialog(page, 'Is it you?')
        await confirmation.waitFor()
        expect(await focused(page)).toBe('current-password')
        await page.keyboard.press('Escape')
        await confirmation.waitFor({ state: 'hidden' })
        expect(await alert(page).count()).toBe(0)

        await button(page, 'Change password').click()
        await page.locator('#current-password:focus').waitFor()
        await typeAndEnter(page, 'wrong')
        expect(await alert(page).textContent()).toBe('This password is not right. Please begin again with it.')
        await typeAndEnter(page, person.password)
        await notice(page, 'Your password is changed.').waitFor()
      })
    })

    test('ASVS 7.5.1: a second factor is asked for besides, where there is one', async () => {
      const person = await personWithApp(visits.server)
      await visits.visit('/', async (page) => {
        await signIn(page, person, '/sign-in')
        await page.locator('#totp:focus').waitFor()
        await button(page, 'Use a recovery code').click()
        await typeAndEnter(page, person.recoveryCodes[0] ?? '')
        await page.waitForURL(({ pathname }) => pathname === '/account')
        await letProofsAge(visits.server)
        await page.getByLabel('New password', { exact: true }).fill('eight ch')
        await page.keyboard.press('Enter')
        await page.locator('#current-password:focus').waitFor()
        await typeAndEnter(page, 'wrong')
        await page.locator('#totp:focus').waitFor()
        await typeAndEnter(page, nextCodeOf(person.secret))
        await page.locator('#current-password:focus').waitFor()
        expect(await alert(page).textContent()).toBe('This password is not right. Please begin again with it.')
        await typeAndEnter(page, person.password)
        await page.locator('#totp:focus').waitFor()
        await typeAndEnter(page, '000000')
        expect(await alert(page).textContent()).toBe('This code is not right, or was used before.')
        await typeAndEnter(page, nextCodeOf(person.secret))
        await notice(page, 'Your password is changed.').waitFor()

        await button(page, 'Remove').click()
        await dialog(page, 'Remove the authenticator app?').getByRole('button', { name: 'Remove' }).click()
        await alert(page).filter({ hasText: 'Your password is safe only together with a second factor.' }).waitFor()
      })
    })
  })

  describe('the authenticator app', () => {
    test('is set up by keyboard alone, gives recovery codes once, and signs in', async () => {
      const person = await newPerson(visits.server)
      await visits.visit('/', async (page) => {
        await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
        await signIn(page, person)
        await tabTo(page, 'Set up')
        await page.keyboard.press('Enter')
        await page.locator('#app-code:focus').waitFor()
        const secret = (await page.locator('#secret').textContent()) ?? ''
        expect(secret).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
        expect(await page.getByRole('link', { name: 'Open in an app on this device' }).getAttribute('href')).toContain(
          `secret=${secret.replaceAll(' ', '')}`,
        )
        const picture = page.getByRole('img', { name: 'QR code' })
        expect(await picture.evaluate((image) => 'naturalWidth' in image && image.naturalWidth)).toBeGreaterThan(0)

        await typeAndEnter(page, '000000')
        await alert(page).filter({ hasText: 'This code is not right.' }).waitFor()
        await typeAndEnter(page, codeOf(secret))

        const codesDialog = dialog(page, 'Your recovery codes')
        await codesDialog.waitFor()
        const codes = await codesDialog.getByRole('listitem').allTextContents()
        expect(codes).toHaveLength(10)
        await page.keyboard.press('Escape')
        expect(await codesDialog.isVisible()).toBe(true)
        await tabTo(page, 'Copy')
        await page.keyboard.press('Enter')
        await notice(page, 'The codes are copied.').waitFor()
        expect(await page.evaluate('navigator.clipboard.readText()')).toBe(codes.join('\n'))

        await tabTo(page, 'Save as a file')
        const downloading = page.waitForEvent('download')
        await page.keyboard.press('Enter')
        const download = await downloading
        expect(download.suggestedFilename()).toBe('lethe-recovery-codes.txt')
        expect(await readFile(await download.path(), 'utf8')).toBe(`Your recovery codes\n\n${codes.join('\n')}\n`)

        await page.emulateMedia({ media: 'print' })
        expect(await page.getByText('Change password').first().isVisible()).toBe(false)
        expect(await codesDialog.getByRole('listitem').first().isVisible()).toBe(true)
        await page.emulateMedia({ media: 'screen' })

        await tabTo(page, 'I have kept them')
        await page.keyboard.press('Enter')
        await notice(page, 'The authenticator app is set up.').waitFor()
        expect(await focused(page)).toBe('Second factors')
        await page.getByText('Unused: 10.').waitFor()
        expect(await page.content()).not.toContain(codes[0])

        await button(page, 'Sign out').first().click()
        await arrive(page, '/sign-in')
        await typeSignIn(page, person.email, person.password)
        await page.locator('#totp:focus').waitFor()
        await typeAndEnter(page, nextCodeOf(secret))
        await arrive(page, '/account')
        await page.getByText('by password + one-time code').waitFor()
      })
    })

    test('is removed by who is sure of it', async () => {
      const person = await personWithApp(visits.server)
      await visits.visit('/', async (page) => {
        await signIn(page, person, '/sign-in')
        await page.locator('#totp:focus').waitFor()
        await typeAndEnter(page, nextCodeOf(person.secret))
        await arrive(page, '/account')
        const sure = dialog(page, 'Remove the authenticator app?')
        await button(page, 'Remove').click()
        await sure.getByRole('button', { name: 'Cancel' }).click()
        await page.getByText('Set up: it shows').waitFor()
        await button(page, 'Remove').click()
        await sure.getByRole('button', { name: 'Remove' }).click()
        await notice(page, 'The authenticator app is removed.').waitFor()
        await page.getByText('Not set up.').waitFor()
        expect(await button(page, 'Make new codes').isVisible()).toBe(false)
      })
    })
  })

  test('recovery codes are made anew, and then the former ones are worth nothing', async () => {
    const person = await personWithApp(visits.server)
    await visits.visit('/', async (page) => {
      await signIn(page, person, '/sign-in')
      await page.locator('#totp:focus').waitFor()
      await typeAndEnter(page, nextCodeOf(person.secret))
      await arrive(page, '/account')
      await button(page, 'Make new codes').click()
      await dialog(page, 'Make new recovery codes?').getByRole('button', { name: 'Make new codes' }).click()
      await dialog(page, 'Your recovery codes').waitFor()
      const fresh = await page.locator('#code-list').getByRole('listitem').allTextContents()
      await button(page, 'I have kept them').click()
      await notice(page, 'The new recovery codes count from now on.').waitFor()
      await button(page, 'Sign out').first().click()
      await arrive(page, '/sign-in')

      await typeSignIn(page, person.email, person.password)
      await button(page, 'Use a recovery code').click()
      await typeAndEnter(page, person.recoveryCodes[0] ?? '')
      await alert(page).filter({ hasText: 'This code is not right' }).waitFor()
      await typeAndEnter(page, fresh[0] ?? '')
      await arrive(page, '/account')
      await page.getByText('Unused: 9.').waitFor()
    })
  })

  test.each([
    ['a browser of today', ''],
    [
      'one that can not turn WebAuthn into JSON',
      'delete PublicKeyCredential.parseCreationOptionsFromJSON; delete PublicKeyCredential.parseRequestOptionsFromJSON; delete PublicKeyCredential.prototype.toJSON',
    ],
  ])('a passkey is added, signs in, and is removed, in %s', async (_browser, before) => {
    const person = await newPerson(visits.server)
    await visits.visit('/', async (page) => {
      await page.addInitScript(before)
      await virtualAuthenticator(page)
      await signIn(page, person)
      await button(page, 'Add a passkey').click()
      const adding = dialog(page, 'Add a passkey')
      expect(await adding.getByLabel('What to call it').inputValue()).toBe('Chrome on Linux')
      await page.keyboard.type('Laptop')
      await page.keyboard.press('Enter')
      await button(page, 'I have kept them').click()
      await notice(page, 'The passkey is added.').waitFor()
      await page.getByRole('listitem').filter({ hasText: 'Laptop' }).filter({ hasText: 'never used' }).waitFor()

      // Another one on the same device is no use.
      await button(page, 'Add a passkey').click()
      await page.keyboard.press('Enter')
      await alert(page).filter({ hasText: 'This passkey is registered already.' }).waitFor()
      await adding.getByRole('button', { name: 'Cancel' }).click()

      await button(page, 'Sign out').first().click()
      await arrive(page, '/sign-in')
      await typeSignIn(page, person.email, person.password)
      await page.getByRole('heading', { name: 'Second factor' }).waitFor()
      expect(await focused(page)).toBe('Use a passkey')
      await page.keyboard.press('Enter')
      await arrive(page, '/account')
      await page.getByText('by password + passkey').waitFor()

      // What protects the account takes a fresh proof, by a passkey as well.
      await letProofsAge(visits.server)
      await button(page, 'Remove the passkey Laptop').click()
      await dialog(page, 'Remove the passkey “Laptop”?').getByRole('button', { name: 'Remove' }).click()
      await page.locator('#current-password:focus').waitFor()
      await typeAndEnter(page, person.password)
      await button(page, 'Use a passkey').click()
      await notice(page, 'The passkey is removed.').waitFor()
      await page.getByText('None yet.').waitFor()
    })
  })

  test('who has no passkey at hand is told so, and goes another way', async () => {
    const person = await newPerson(visits.server)
    await visits.visit('/', async (page) => {
      const authenticator = await virtualAuthenticator(page)
      await signIn(page, person)
      await button(page, 'Add a passkey').click()
      await page.locator('#passkey-name:focus').press('Enter')
      await dialog(page, 'Your recovery codes').waitFor()
      const [code = ''] = await page.locator('#code-list').getByRole('listitem').allTextContents()
      await button(page, 'I have kept them').click()
      await notice(page, 'The passkey is added.').waitFor()
      await authenticator.loseKeys()
      await button(page, 'Sign out').first().click()
      await arrive(page, '/sign-in')
      await typeSignIn(page, person.email, person.password)
      await button(page, 'Use a passkey').click()
      await alert(page).filter({ hasText: 'No passkey was given.' }).waitFor()
      await button(page, 'Use a recovery code').click()
      await typeAndEnter(page, code)
      await arrive(page, '/account')
    })
  })

  describe('sessions', () => {
    test('ASVS 7.5.2: are seen and ended, and are over at once', async () => {
      const person = await newPerson(visits.server)
      const userAgent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
      const other = await visitor(visits.browser, visits.server.url, { userAgent })
      await signIn(other.page, person)
      await visits.visit('/', async (page) => {
        await signIn(page, person)
        const rows = page.locator('#session-list').getByRole('listitem')
        expect(await rows.first().textContent()).toMatch(/^Chrome on Linux this browser/)
        await button(page, 'End the session of Firefox on Windows').click()
        await notice(page, 'The session has ended.').waitFor()
        expect(await focused(page)).toBe('Where you are signed in')
        expect(await page.getByText('Firefox on Windows').count()).toBe(0)
      })
      // Whatever is done there next leads to signing in.
      await button(other.page, 'Set up').click()
      await other.page.waitForURL('**/sign-in?next=%2Faccount')
      expect(other.complaints).toEqual([])
      await other.context.close()
    })

    test('end everywhere at once', async () => {
      const person = await newPerson(visits.server)
      await visits.visit('/', async (page) => {
        await signIn(page, person)
        await button(page, 'Sign out everywhere').click()
        await dialog(page, 'Sign out everywhere, here too?').getByRole('button', { name: 'Sign out' }).click()
        await arrive(page, '/sign-in')
        const { data } = await visits.server.graphql('{ me { id } }', {}, person.token)
        expect(data?.me ?? null).toBeNull()
      })
    })
  })

  test('speaks German', async () => {
    const person = await newPerson(visits.server)
    const use = async (page: Page) => {
      await signIn(page, person)
      await page.getByRole('heading', { name: 'Ihr Konto' }).waitFor()
      await page
        .getByText(/seit \d{1,2}\. .+, \d\d:\d\d|seit \d\d\.\d\d\.\d{4}, \d\d:\d\d/)
        .first()
        .waitFor()
      await button(page, 'Überall abmelden').click()
      await dialog(page, 'Überall abmelden, auch hier?').getByRole('button', { name: 'Überall abmelden' }).click()
      await arrive(page, '/sign-in')
      expect(await page.title()).toBe('Anmelden – Lethe')
    }
    await visits.visit('/', use, { locale: 'de-DE' })
  })
})

/** Presses Tab until what has this name has the focus. */
async function tabTo(page: Page, name: string) {
  for (let presses = 0; presses < 50; presses++) {
    await page.keyboard.press('Tab')
    if ((await focused(page)) === name) return
  }
  throw new Error(`"${name}" is not reached by keyboard`)
}
