import { mkdirSync } from 'node:fs'
import axe, { type RunOptions } from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unsubscribeLink } from '../../src/modules/mails/unsubscribe-link.ts'
import { ask, expire } from '../mails/asking.ts'
import { type Mailroom, openMailroom } from '../mails/support.ts'
import { browserIsThere, openBrowser, type RemovableBrowser, visitor } from './browser.ts'

const readers: [string, BrowserContextOptions & { locale: string }][] = [
  ['in English, on a desk', { locale: 'en-GB', viewport: { width: 1280, height: 800 } }],
  ['in German, on a telephone', { locale: 'de-DE', viewport: { width: 360, height: 740 }, isMobile: true }],
]

describe.skipIf(!browserIsThere)('pages that mails lead to', () => {
  let room: Mailroom
  let browser: RemovableBrowser
  beforeAll(async () => {
    room = await openMailroom()
    browser = await openBrowser(room.ca)
    room.start()
  })
  afterAll(async () => {
    await browser?.remove()
    await room?.close()
  })

  /** A visit at which the browser has nothing to complain of. */
  async function visit(url: string, options: BrowserContextOptions, use: (page: Page) => Promise<void>) {
    const { context, page, complaints } = await visitor(browser, room.url, options)
    try {
      await page.goto(url)
      await use(page)
      // A browser notes, too, that a page says that something is wrong.
      expect(complaints.filter((text) => !/status of 4(00|04|10)/.test(text))).toEqual([])
    } finally {
      await context.close()
    }
  }

  /** The first link in the newest mail to an address, as its reader finds it. */
  async function linkFor(address: string): Promise<string> {
    const [mail] = await room.server.takesFor(address)
    expect(mail?.html).toContain('<a href="https://localhost')
    return mail?.text?.match(/^https:.*$/m)?.[0] ?? ''
  }

  test('confirm without JavaScript, by the keyboard alone', async () => {
    await ask(room, ['newsletter', 'surveys'], { to: 'keys@example.org', language: 'en' })
    await visit(await linkFor('keys@example.org'), { javaScriptEnabled: false }, async (page) => {
      const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key)
      }
      // The notice that can be folded, then yes, and in the next group no.
      await press('Tab', 'Tab', 'Space', 'Tab', 'Space', 'ArrowDown', 'Tab', 'Enter')
      await page.getByRole('heading', { name: 'Your decision is recorded' }).waitFor()
      expect(await page.getByRole('listitem').allInnerTexts()).toEqual([
        expect.stringMatching(/Newsletter\s+You consented/),
        expect.stringMatching(/Surveys\s+You said no/),
      ])
      await page.reload()
      await page.getByRole('heading', { name: 'Your decision is recorded' }).waitFor()
    })
    // What was confirmed is told, with the way to end it.
    const [, told] = await room.server.takesFor('keys@example.org', 2)
    expect(told?.text).toMatch(/consented to:\s+• Newsletter\s/)
    expect(told?.headerLines.some(({ key }) => key === 'list-unsubscribe-post')).toBe(true)
    await visit(told?.text?.match(/^https:.*$/m)?.[0] ?? '', { javaScriptEnabled: false }, async (page) => {
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Ended' }).waitFor()
    })
  })

  test('unsubscribe without JavaScript', async () => {
    const ida = await room.person()
    await room.ground(ida.id, 'newsletter')
    const url = await room.newsletter(ida)
    await visit(url, { javaScriptEnabled: false, locale: 'de-DE' }, async (page) => {
      await page.getByRole('button', { name: 'Verwendung beenden' }).click()
      await page.getByRole('heading', { name: 'Beendet' }).waitFor()
      expect(await room.mayProcess(ida.id, 'newsletter')).toBe(false)
    })
  })

  test.each(readers)('can be used by everybody: %s', async (_name, reader) => {
    const language = reader.locale === 'de-DE' ? 'de' : 'en'
    const one = await ask(room, ['newsletter'], { language })
    const two = await ask(room, ['newsletter', 'surveys'], { language })
    const ida = await room.person()
    for (const purpose of ['newsletter', 'surveys']) await room.ground(ida.id, purpose)
    const jo = await room.person()
    await room.ground(jo.id, 'surveys')
    await room.ground(jo.id, 'orders')
    const several = await room.inTurn(async (tx, context) => {
      const link = await unsubscribeLink(tx, context, { contactId: jo.id, purpose: ['orders', 'surveys'] })
      return link.url
    })
    const [single, old] = [await room.newsletter(ida), await ask(room, ['newsletter'], { language })]
    await expire(room, old)
    await visit(one, reader, async (page) => {
      await check(page, `one ${language}`)
      await page.goto(two)
      await check(page, `two ${language}`)
      await page.locator('input').nth(1).check()
      await page.locator('form').evaluate((form) => form.setAttribute('novalidate', ''))
      await page.locator('form button').first().click()
      await page.getByRole('alert').waitFor()
      await check(page, `fault ${language}`)
      await page.locator('button[name=all]').click()
      await page.locator('.outcomes').waitFor()
      await check(page, `decided ${language}`)
      await page.goto(single)
      await check(page, `unsubscribe ${language}`)
      await page.locator('form button').click()
      await page.locator('ul').waitFor()
      await check(page, `unsubscribed ${language}`)
      await page.goto(several)
      await check(page, `unsubscribe several ${language}`)
      await page.locator('form button').click()
      await page.getByRole('alert').waitFor()
      await check(page, `nothing chosen ${language}`)
      // By the keyboard alone: the second of the two.
      for (const key of ['Tab', 'Tab', 'Space', 'Tab', 'Enter']) await page.keyboard.press(key)
      await page.locator('ul').waitFor()
      await check(page, `one of several ended ${language}`)
      await page.goto('/unsubscribe?t=none')
      await check(page, `unknown ${language}`)
      await page.goto(old)
      await check(page, `expired ${language}`)
    })
  })
})

const rules: RunOptions = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }

// Everything on light; on dark, what colours change.
const inSchemes: readonly ['light' | 'dark', RunOptions][] = [
  ['light', rules],
  ['dark', { runOnly: ['color-contrast', 'link-in-text-block'] }],
]

async function check(page: Page, name: string) {
  const folder = process.env['LETHE_PICTURES']
  if (folder) {
    mkdirSync(folder, { recursive: true })
    await page.screenshot({ path: `${folder}/${name.replaceAll(' ', '-')}.png`, fullPage: true })
  }
  await page.evaluate(axe.source)
  for (const [colorScheme, options] of inSchemes) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await page.evaluate((run) => Reflect.get(globalThis, 'axe').run(document, run), options)
    expect([
      ...[name, colorScheme],
      violations.map(({ id, nodes }: { id: string; nodes: { html: string }[] }) => [id, nodes[0]?.html]),
    ]).toEqual([name, colorScheme, []])
  }
  const size = page.viewportSize()
  // 1280 pixels at 400 %, which is more than 200 % (WCAG 1.4.4, 1.4.10), and less than any telephone has.
  for (const width of [size?.width ?? 360, 320]) {
    await page.setViewportSize({ width, height: 640 })
    const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
    expect([name, width, isWide]).toEqual([name, width, false])
  }
  if (size) await page.setViewportSize(size)
}
