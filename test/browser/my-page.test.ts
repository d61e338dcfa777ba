import { readFile } from 'node:fs/promises'
import axe, { type RunOptions } from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { discloseContact } from '../../src/modules/disclosure/packages.ts'
import { makeNext } from '../../src/modules/disclosure/worker.ts'
import { modules } from '../../src/modules/index.ts'
import { receiveRequest } from '../../src/modules/requests/steps.ts'
import { unzip } from '../disclosure/support.ts'
import { codeIn, type Desk, linkIn, openDesk } from '../selfservice/support.ts'
import { browserIsThere, openBrowser, visitor } from './browser.ts'
import { focused } from './visits.ts'

describe.skipIf(!browserIsThere)('the page of a contact', () => {
  let desk: Desk
  let browser: Browser & { remove: () => Promise<void> }
  beforeAll(async () => {
    desk = await openDesk()
    const [{ key: retentionClass }] = (await desk.ask('{ retentionClasses { key } }')).retentionClasses
    await desk.ask('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
      input: {
        ...{ key: 'contract', kind: 'FILE', labels: [{ language: 'en', text: 'Contract' }], contact: 'SEE' },
        ...{ category: 'membership', purpose: 'newsletter', retentionClass },
      },
    })
    browser = await openBrowser(desk.ca)
  })
  afterAll(async () => {
    await browser?.remove()
    await desk?.close()
  })

  /** A visit at which the browser has nothing to complain of, and asks nobody else for anything. */
  async function visit(path: string, options: BrowserContextOptions, use: (page: Page) => Promise<void>) {
    const { context, page, complaints } = await visitor(browser, desk.url, options)
    try {
      await page.goto(path)
      await use(page)
      expect(complaints.filter((text) => !/status of 4\d\d/.test(text))).toEqual([])
    } finally {
      await context.close()
    }
  }

  const page = Buffer.from('<h1>Zqcontent</h1>').toString('base64')
  const person = () =>
    desk.person({
      ...{
        organisation: 'Musterwerke',
        birthDate: '1985-04-12',
        phones: [{ number: '+49 30 1234567', label: 'work' }],
      },
      addresses: [{ street: 'Lindenallee 5', postalCode: '10115', city: 'Berlin', country: 'DE' }],
      customFields: [
        { key: 'contract', value: { file: { name: 'Zq report.html', mediaType: 'text/html', content: page } } },
      ],
    })

  async function mailedLink(contactId: string, email: string): Promise<string> {
    const before = desk.server.taken.length
    const create =
      'mutation ($input: CreateSelfServiceLinkInput!) { createSelfServiceLink(input: $input) { expiresAt } }'
    await desk.ask(create, { input: { contactId } })
    await desk.server.takes(before + 1)
    const mail = (await desk.server.takesFor(email)).at(-1)
    return mail ? linkIn(mail) : ''
  }

  const pressTo = async (page: Page, name: string) => {
    for (let steps = 0; steps < 80; steps++) {
      if (await page.evaluate(`(${isFocused})(${JSON.stringify(name)})`)) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`no way by keyboard to ${name}`)
  }

  it('does all of it from the keyboard, with JavaScript off', async () => {
    const { email } = await person()
    await visit('/my', { javaScriptEnabled: false }, async (page) => {
      await pressTo(page, 'email')
      await page.keyboard.type(email)
      await page.keyboard.press('Enter')
      await page.waitForURL('**/my/code')
      const [mail] = await desk.server.takesFor(email)
      await pressTo(page, 'code')
      await page.keyboard.type('0')
      await page.keyboard.press('Enter')
      await page.locator('#faults').waitFor()
      expect(await focused(page)).toContain('This code is not right')
      await pressTo(page, '^code$')
      await page.keyboard.type(mail ? codeIn(mail) : '')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'What we hold about you' }).waitFor()

      await pressTo(page, 'Correct: Date of birth')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/my/correct**')
      await page.locator('#birthDate').fill('2999-01-01')
      await page.locator('#birthDate').press('Enter')
      await page.locator('#faults').waitFor()
      expect(await focused(page)).toContain('Please look at this again')
      expect(await page.locator('#birthDate').inputValue()).toBe('2999-01-01')
      await page.locator('#birthDate').fill('1985-04-13')
      await page.locator('#birthDate').press('Enter')
      await page.waitForURL('**/my?done=proposed**')
      expect(await focused(page)).toContain('We look at your correction')

      await pressTo(page, 'Consent … Newsletter')
      await page.keyboard.press('Enter')
      await page.getByText('We write to you <once> a month.').waitFor()
      await pressTo(page, 'I consent')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/my?done=given**')
      await pressTo(page, 'Withdraw consent: Newsletter')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/my?done=withdrawn**')
      expect(await focused(page)).toContain('Your consent is withdrawn')

      await pressTo(page, 'Ask for it: A copy of all data')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/my/request**')
      await pressTo(page, '^Ask for it$')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/my?done=asked**')
      await pressTo(page, '^End visit$')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/my?said=ended')
      await page.goBack()
      expect(await page.locator('body').textContent()).not.toContain('12 April 1985')
    })
  })

  it('keeps its cookie from scripts and from other sites', async () => {
    const { id, email } = await person()
    const link = await mailedLink(id, email)
    await visit(link, {}, async (page) => {
      await page.locator('main button').click()
      await page.waitForURL('**/my')
      const [cookie] = (await page.context().cookies()).filter(({ name }) => name === '__Host-lethe-my')
      expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/' })
      expect(page.url()).not.toContain(new URL(link).searchParams.get('t'))
      // What is held as a file is kept, and not shown.
      const kept = page.waitForEvent('download')
      await page.getByRole('link', { name: 'Download: Contract' }).click()
      expect((await kept).suggestedFilename()).toBe('Zq report.html')
      expect(page.url()).toMatch(/\/my$/)
    })
  })

  /** A package that answers a request, and waits. */
  async function packageFor(uuid: string, language: 'de' | 'en') {
    const asking = {
      contactId: uuid,
      kinds: ['access' as const],
      channel: 'letter' as const,
      verification: 'in_person' as const,
    }
    const [request] = await receiveRequest(desk.work, asking)
    await discloseContact(desk.work, { contactId: uuid, requestId: request?.id ?? null, kind: 'access', language })
    await makeNext(desk.work, modules)
  }

  it('gives a package by the keyboard, with JavaScript off, whole and once', async () => {
    const { id, uuid, email } = await person()
    await packageFor(uuid, 'en')
    const link = await mailedLink(id, email)
    await visit(link, { javaScriptEnabled: false, viewport: { width: 320, height: 256 } }, async (page) => {
      await page.locator('main button').press('Enter')
      await page.getByRole('heading', { name: 'Your data to download' }).waitFor()
      await page.getByRole('navigation').getByRole('link', { name: 'Your data to download' }).press('Enter')
      expect(page.url()).toMatch(/#packages$/)
      await pressTo(page, 'Download: What is kept about you')
      const coming = page.waitForEvent('download')
      await page.keyboard.press('Enter')
      const download = await coming
      expect(download.suggestedFilename()).toMatch(/\.zip$/)
      const files = await unzip(await readFile(await download.path()))
      expect([...files.keys()]).toEqual(expect.arrayContaining(['report.pdf', 'data.json', 'manifest.jws']))
      expect(new URL(page.url()).pathname).toBe('/my')
      // Nobody else gets it with the same link: it is noted once the last byte went out.
      const again = page.getByRole('button', { name: 'Download: What is kept about you' })
      await expect
        .poll(async () => {
          await page.reload()
          return again.count()
        })
        .toBe(0)
    })
  })

  const readers: [string, BrowserContextOptions][] = [
    ['in English, on a desk', { locale: 'en-GB', viewport: { width: 1280, height: 800 } }],
    ['in German, on a telephone', { locale: 'de-DE', viewport: { width: 360, height: 640 }, isMobile: true }],
    // 1280 pixels at 400 %, which is more than 200 % (WCAG 1.4.4, 1.4.10).
    ['in German, magnified', { locale: 'de-DE', viewport: { width: 320, height: 256 } }],
  ]
  it.each(readers)('can be used by everybody: %s', async (_name, reader) => {
    const { id, uuid, email } = await person()
    await desk.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
      input: { contactId: id, purpose: 'advice', ground: 'LEGITIMATE_INTERESTS', source: 'a fair' },
    })
    await packageFor(uuid, reader.locale === 'de-DE' ? 'de' : 'en')
    const link = await mailedLink(id, email)
    await visit('/my', reader, async (page) => {
      await check(page, 'the entrance')
      await page.locator('main button').click()
      await check(page, 'no address')
      await page.locator('#email').fill('nobody@example.org')
      await page.locator('main button').click()
      await check(page, 'a code')
      await page.locator('#code').fill('1')
      await page.locator('main button').click()
      await check(page, 'a wrong code')
      await page.goto(link)
      await check(page, 'a link')
      await page.locator('main button').click()
      await page.locator('form[action="/my/package"] button').waitFor()
      await check(page, 'the page')
      for (const of of ['name', 'addresses', 'phones', 'language', 'birthDate']) {
        await page.goto(`/my/correct?of=${of}`)
        await check(page, of)
      }
      await page.goto('/my/correct?of=phones')
      await page.locator('#number').fill('abc')
      await page.locator('#number').press('Enter')
      await check(page, 'a fault')
      await page.locator('#number').fill('+49 30 7654321')
      await page.locator('#number').press('Enter')
      await page.goto('/my/correct?of=emails')
      const fresh = `fresh-${email}`
      await page.locator('#address').fill(fresh)
      await page.locator('#address').press('Enter')
      const [asking] = await desk.server.takesFor(fresh)
      await page.goto(asking ? linkIn(asking) : '')
      await check(page, 'a new address')
      await page.locator('main button').click()
      await check(page, 'a new address that is confirmed')
      await page.goto('/my/correct?of=nothing')
      await check(page, 'nothing')
      await page.goto('/my/consent?of=newsletter')
      await check(page, 'a notice')
      await page.locator('main button').click()
      for (const summary of await page.locator('details > summary').all()) await summary.click()
      await check(page, 'a proposal and a history')
      await page.goto('/my/request?of=erasure')
      await check(page, 'a request')
      await page.locator('main button').click()
      await check(page, 'a request that was made')
      await page.goto(link)
      await check(page, 'a link that was used')
      await page.goto('/my')
      await page.locator('form[action="/my/end"] button').click()
      await check(page, 'a visit that was ended')
    })
  })
})

const isFocused = `(name) => {
  const { activeElement: one } = document
  const said = [one.getAttribute('aria-label'), one.id, one.textContent.trim()]
  return said.some((text) => text && new RegExp(name).test(text)) && one !== document.body
}`

// Everything on light; on dark, what colours change.
const inSchemes: readonly ['light' | 'dark', RunOptions][] = [
  ['light', { rules: { 'target-size': { enabled: true } } }],
  ['dark', { runOnly: ['color-contrast', 'link-in-text-block'] }],
]

/** Nothing that axe finds, on light and dark, and nothing to scroll sideways for. */
async function check(page: Page, state: string) {
  await page.evaluate(axe.source)
  for (const [colorScheme, rules] of inSchemes) {
    await page.emulateMedia({ colorScheme })
    const found = await page.evaluate<string[]>(`axe.run(${JSON.stringify(rules)}).then(
      ({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`)
    const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
    expect({ state, colorScheme, found, isWide }).toEqual({ state, colorScheme, found: [], isWide: false })
  }
}
