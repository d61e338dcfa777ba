import axe from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reset } from '../fixtures/partner-site/inbox.ts'
import { browserIsThere, visitor } from './browser.ts'
import { type Partnership, startPartnership } from './partnership.ts'

describe.skipIf(!browserIsThere)('a partner’s site', () => {
  let partnership: Partnership
  beforeAll(async () => {
    partnership = await startPartnership()
  })
  afterAll(() => partnership?.close())

  let visitors = 0
  const newAddress = () => `visitor-${++visitors}@example.org`

  /** A visit to the shop, at which the browser has nothing to complain of but what is expected. */
  async function visit(
    use: (page: Page) => Promise<void>,
    options: BrowserContextOptions = {},
    expected: unknown[] = [],
  ) {
    const { shop, lethe, browser } = partnership
    const { context, page, complaints } = await visitor(browser, shop.url, options)
    try {
      await page.goto('/')
      await use(page)
      // Whatever it asks for comes from the shop or from Lethe.
      expect(complaints.filter((complaint) => !complaint.startsWith(`asks ${lethe}/`))).toEqual(expected)
    } finally {
      await context.close()
    }
  }

  const status = (page: Page, text: RegExp) => page.getByRole('status').filter({ hasText: text })
  const box = (page: Page, name: string) => page.getByRole('checkbox', { name })
  const linkIn = (text: string | undefined) => /https:\/\/localhost:\d+\/consent\?t=\S+/.exec(text ?? '')?.[0] ?? ''

  async function give(page: Page, email: string, ...names: string[]) {
    for (const name of names) await box(page, name).check()
    await page.getByLabel('E-mail address').first().fill(email)
    await page.getByRole('button', { name: 'Give consent' }).click()
    await status(page, /We sent a mail/).waitFor()
  }

  /** Opens the link of the mail in a tab beside, and confirms there. */
  async function confirm(page: Page, email: string) {
    const mail = (await partnership.mails.takesFor(email)).at(-1)
    const tab = await page.context().newPage()
    await tab.goto(linkIn(mail?.text))
    await tab.locator('button[name=all][value=yes]').click()
    await tab.getByRole('listitem').first().waitFor()
    await tab.close()
    await page.bringToFront()
  }

  test('gives, confirms by mail, sees and withdraws a consent; its server is told of it through faults', async () => {
    const { shop } = partnership
    const email = newAddress()
    shop.inbox.failNext(reset, ...[500, 503].map(status))
    await visit(async (page) => {
      expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0)
      expect(await page.locator('#recommendations').isVisible()).toBe(false)
      await give(page, email, 'Newsletter')
      await page.getByText('not confirmed yet').waitFor()
      expect(await page.locator('#recommendations').isVisible()).toBe(false)
      await confirm(page, email)
      await page.reload()
      await page.getByText(/since .* 20\d\d/).waitFor()
      await page.locator('#recommendations:visible').waitFor()
      await page.getByRole('button', { name: 'Withdraw: Newsletter' }).click()
      await status(page, /withdrawn: Newsletter/).waitFor()
      await page.locator('#recommendations:visible').waitFor({ state: 'detached' })
      await box(page, 'Newsletter').waitFor()
    })
    const changes = await shop.inbox.until(2)
    expect(changes).toHaveLength(2)
    expect(shop.inbox.deliveries).toBeGreaterThan(4)
  })
})
