import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Config } from '../../src/config.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openBrowser, visitor } from './browser.ts'

export type Visits = {
  server: TestApp
  browser: Browser
  /** A visit with a profile of its own, from this path on, at which the browser has nothing to complain of. */
  visit: (path: string, use: (page: Page) => Promise<void>, options?: BrowserContextOptions) => Promise<void>
  close: () => Promise<void>
}

/** A product and a browser to visit it with. */
export async function startVisits(config: Partial<Config> = {}): Promise<Visits> {
  const server = await startTestApp({ config })
  const browser = await openBrowser(server.ca)
  return {
    server,
    browser,
    visit: async (path, use, options = {}) => {
      const { context, page, complaints } = await visitor(browser, server.url, options)
      try {
        await page.goto(path)
        await use(page)
        expect(complaints).toEqual([])
      } finally {
        await context.close()
      }
    },
    close: async () => {
      await Promise.all([browser.remove(), server.close()])
    },
  }
}

/** What the page complains of: not empty, where it says something. */
export const alert = (page: Page) => page.getByRole('alert').filter({ hasText: /./ })

/** The name of the field, or the text of what else has the focus. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate('document.activeElement.name || document.activeElement.textContent.trim()')

/** Types into what has the focus, and sends it off. */
export async function typeAndEnter(page: Page, text: string): Promise<void> {
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}

/** Waits until the page at this path is there. */
export const arrive = (page: Page, path: string): Promise<void> => page.waitForURL(({ pathname }) => pathname === path)
