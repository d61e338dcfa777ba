import axe from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserIsThere } from './browser.ts'
import { ask, box, newAddress, type ShopVisits, startShopVisits } from './shop-visits.ts'

const readers: [string, string, BrowserContextOptions][] = [
  ['in English, on a desk', 'en', { viewport: { width: 1280, height: 800 } }],
  // As wide as a page is at 1280 pixels and a zoom of 400 % (WCAG 1.4.10).
  ['in German, on a narrow telephone', 'de', { viewport: { width: 320, height: 480 }, isMobile: true }],
]

describe.skipIf(!browserIsThere)('every state of the widget can be used by everybody', () => {
  let shop: ShopVisits
  beforeAll(async () => {
    shop = await startShopVisits()
  })
  afterAll(() => shop?.close())

  test.each(readers)('%s', async (_name, language, reader) => {
    const email = newAddress()
    await shop.visit(async (page) => {
      // As it looks by itself, on light and dark.
      await page.evaluate(`document.querySelector('link[rel=stylesheet]').remove()
        document.documentElement.style.colorScheme = 'light dark'
        document.querySelector('lethe-consent').setAttribute('language', '${language}')`)
      await page.locator(`section[lang=${language}] [type=checkbox]`).first().waitFor()
      await check(page, 'the form')
      for (const summary of await page.locator('lethe-consent summary').all()) await summary.click()
      await check(page, 'all is open')
      await page.locator('[part~=give]').click()
      await check(page, 'nothing is chosen')
      await ask(page, 'nobody', 'Newsletter')
      await check(page, 'no address')
      await ask(page, email, 'Newsletter')
      await page.locator('[part~=status]:focus').waitFor()
      await check(page, 'a mail is on its way')
      await shop.confirm(page, email)
      await page.reload()
      await page.locator('[part~=own] button').waitFor()
      await check(page, 'given')
      await page.locator('[part~=own] button').click()
      await box(page, 'Newsletter').waitFor()
      await check(page, 'withdrawn')
    }, reader)
  })

  test('colours of the system replace its own, and nothing moves for who does not want that', async () => {
    await shop.visit(
      async (page) => {
        const button = page.locator('[part~=give]')
        const colours = `getComputedStyle(document.querySelector('lethe-consent').shadowRoot.querySelector('[part~=give]'))`
        await button.waitFor()
        expect(await page.evaluate(`${colours}.borderTopColor !== ${colours}.backgroundColor`)).toBe(true)
        expect(await page.evaluate(`${colours}.transitionDuration`)).toBe('0s')
      },
      { forcedColors: 'active', reducedMotion: 'reduce' },
    )
  })

  /** Nothing that axe finds, on light and dark, and nothing to scroll sideways for. */
  async function check(page: Page, state: string) {
    await page.evaluate(axe.source)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const found = await page.evaluate<string[]>(`axe.run().then(
        ({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`)
      const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
      expect({ state, colorScheme, found, isWide }).toEqual({ state, colorScheme, found: [], isWide: false })
    }
  }
})
