import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { visitor } from './browser.ts'
import { type Partnership, startPartnership } from './partnership.ts'

/** What happens at one visit. `complaints` is what the browser found fault with. */
type Visit = (page: Page, complaints: string[]) => Promise<void>

export type ShopVisits = Partnership & {
  /** A visit to the shop with a profile of its own, at which the browser has nothing to complain of. */
  visit: (use: Visit, options?: BrowserContextOptions) => Promise<void>
  /** The link to confirm in the latest mail to somebody, once there are so many. */
  link: (email: string, count?: number) => Promise<string>
  /** Opens that link beside, and confirms. */
  confirm: (page: Page, email: string, count?: number) => Promise<void>
}

/** A partner's shop, with what its visitors do. */
export async function startShopVisits(): Promise<ShopVisits> {
  const partnership = await startPartnership()
  const { lethe, shop, browser, mails } = partnership
  const link = async (email: string, count = 1) => {
    const mail = (await mails.takesFor(email, count)).at(-1)
    const [found] = /https:\/\/localhost:\d+\/\w+\?\S+/.exec(mail?.text ?? '') ?? []
    if (!found) throw new Error(`no link in: ${mail?.text}`)
    return found
  }
  return {
    ...partnership,
    link,
    visit: async (use, options = {}) => {
      const { context, page, complaints } = await visitor(browser, shop.url, options)
      try {
        await page.goto('/')
        await use(page, complaints)
        // Whatever the page asks for comes from the shop or from Lethe.
        expect(complaints.filter((complaint) => !complaint.startsWith(`asks ${lethe}/`))).toEqual([])
      } finally {
        await context.close()
      }
    },
    confirm: async (page, email, count) => {
      const tab = await page.context().newPage()
      await tab.goto(await link(email, count))
      await tab.locator('button[name=all][value=yes]').click()
      await tab.locator('.outcomes').waitFor()
      await tab.close()
    },
  }
}

let people = 0

/** An address that nobody had before. */
export const newAddress = (): string => `visitor-${++people}@example.org`

export const box = (page: Page, name: string | RegExp) => page.getByRole('checkbox', { name })

/** What the widget says, once it says this. */
export const says = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByRole('status').filter({ hasText: text }).waitFor()

/** Fills in the form and sends it. */
export async function ask(page: Page, email: string, ...purposes: string[]): Promise<void> {
  for (const purpose of purposes) await box(page, purpose).check()
  await page.locator('#email').fill(email)
  await page.locator('[part~=give]').click()
}

/** Comes back to the page from elsewhere, as from a mail. */
export const comeBack = (page: Page): Promise<unknown> =>
  page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
