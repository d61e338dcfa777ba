import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLethe, isLetheError } from '../.generated/lethe.ts'
import { answerWith, reset } from '../fixtures/partner-site/inbox.ts'
import { browserIsThere } from './browser.ts'
import { ask, box, comeBack, newAddress, type ShopVisits, says, startShopVisits } from './shop-visits.ts'

describe.skipIf(!browserIsThere)('a visitor of a partner’s site', () => {
  let shop: ShopVisits
  beforeAll(async () => {
    shop = await startShopVisits()
  })
  afterAll(() => shop?.close())

  const isLoaded = (page: Page) => page.locator('#recommendations').isVisible()
  const isPosted = (page: Page, mutation: string) =>
    page.waitForRequest((request) => request.postData()?.includes(mutation) ?? false)

  test('gives a consent, confirms it by mail, sees it and withdraws it; the partner’s server is told through faults', async () => {
    const { inbox } = shop.shop
    const email = newAddress()
    inbox.failNext(reset, undefined, answerWith(500)) // One fault for each of the two changes.
    await shop.visit(async (page) => {
      await box(page, 'Newsletter').waitFor()
      expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0)
      await page.getByText('Privacy notice on “Newsletter”').click()
      expect(await page.locator('[part=notice] .text').first().textContent()).toMatch(/^We process your e-mail address/)

      await ask(page, email, 'Newsletter')
      await says(page, `We sent a mail to ${email}`)
      await page.getByText('not confirmed yet').waitFor()
      expect(await isLoaded(page)).toBe(false)

      await shop.confirm(page, email)
      await comeBack(page)
      await says(page, 'You confirmed: Newsletter')
      await page.getByText(/^since /).waitFor()
      expect(await isLoaded(page)).toBe(true)
      await page.reload()
      await page.getByText(/^since /).waitFor()
      expect(await isLoaded(page)).toBe(true)

      await page.getByRole('button', { name: 'Withdraw: Newsletter' }).click()
      await says(page, 'Your consent is withdrawn: Newsletter')
      expect(await isLoaded(page)).toBe(false)
      expect(await page.evaluate('document.cookie')).toBe('')
      expect(await page.evaluate(`JSON.stringify(localStorage)`)).not.toContain(email)
    })
    const told = await inbox.until(2)
    expect(told.map(({ event }) => event)).toMatchObject([
      { type: 'consent.confirmed', data: { purpose: 'newsletter', ground: 'consent', valid: true } },
      { type: 'consent.withdrawn', data: { purpose: 'newsletter', valid: false } },
    ])
    expect(inbox.deliveries).toBe(4)
    expect(inbox.refused).toEqual([])
  })

  test('asks once, however often the network fails on the way', async () => {
    const email = newAddress()
    await shop.visit(async (page, complaints) => {
      const bodies: string[] = []
      let faults = 5
      await page.route('**/graphql', (route) => {
        const body = route.request().postData() ?? ''
        if (!body.includes('giveConsent')) return route.continue()
        bodies.push(body)
        // What was lost may have been the question or the answer.
        if (faults-- <= 0) return route.continue()
        return faults % 2 ? route.abort() : route.fetch().then(() => route.abort())
      })
      await ask(page, email, 'Newsletter', 'Invitations to events')
      await page.getByRole('alert').filter({ hasText: 'did not answer' }).waitFor()
      expect(bodies).toHaveLength(4)
      await page.locator('[part~=give]').click()
      await says(page, `We sent a mail to ${email}`)
      expect(bodies).toHaveLength(6)
      expect(new Set(bodies).size).toBe(1)
      expect(complaints.splice(0).filter((each) => each.includes('NO_ANSWER'))).toHaveLength(1)
    })
    const other = newAddress()
    await shop.visit(async (page) => {
      await ask(page, other, 'Newsletter')
      await shop.mails.takesFor(other)
    })
    expect(await shop.mails.takesFor(email)).toHaveLength(1)
  })

  test('needs nothing but a keyboard', async () => {
    const email = newAddress()
    await shop.visit(async (page) => {
      await box(page, 'Newsletter').waitFor()
      const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key)
      }
      const focused = () => page.evaluate(`document.activeElement.shadowRoot?.activeElement?.textContent.trim()`)
      await press('Tab', 'Tab', 'Enter') // To the box, and to its notice, which opens.
      await page.locator('[part=notice][open]').waitFor()
      await press('Shift+Tab', 'Space')
      expect(await box(page, 'Newsletter').isChecked()).toBe(true)
      await page.locator('#email').focus()
      await page.keyboard.type('nobody')
      await press('Enter')
      await page.getByRole('alert').filter({ hasText: 'Enter your e-mail address' }).waitFor()
      expect(await page.locator('#email:focus').getAttribute('aria-invalid')).toBe('true')
      await press('Control+A')
      await page.keyboard.type(email)
      await press('Enter')
      await says(page, `We sent a mail to ${email}`)
      expect(await focused()).toContain('We sent a mail')
      await shop.confirm(page, email)
      await page.reload()
      await page.getByText(/^since /).waitFor()
      await press('Tab')
      expect(await focused()).toBe('Withdraw')
      await press('Enter')
      await says(page, 'Your consent is withdrawn')
      expect(await focused()).toContain('withdrawn')
    })
  })

  test('is asked nothing by programs that fill in every field', async () => {
    const [program, person] = [newAddress(), newAddress()]
    await shop.visit(async (page) => {
      await box(page, 'Newsletter').waitFor()
      await page.locator('[name=website]').fill('https://spam.example', { force: true })
      await ask(page, program, 'Newsletter')
      await says(page, `We sent a mail to ${program}`)
    })
    await shop.visit(async (page) => {
      await ask(page, person, 'Newsletter')
      await shop.mails.takesFor(person)
    })
    expect(await shop.mails.takesFor(program, 0)).toEqual([])
  })

  test('thinks better of it before confirming: the link in the mail asks nothing any more', async () => {
    const email = newAddress()
    await shop.visit(async (page) => {
      await ask(page, email, 'Newsletter')
      await says(page, `We sent a mail to ${email}`)
      const link = await shop.link(email)
      await page.getByRole('button', { name: 'Withdraw: Newsletter' }).click()
      await says(page, 'Your consent is withdrawn: Newsletter')
      await page.reload()
      await box(page, 'Newsletter').waitFor()
      const response = await fetch(link)
      expect([response.ok, (await response.text()).includes('value="yes"')]).toEqual([false, false])
    })
  })

  test('may forbid that anything is kept: then it holds as long as the page', async () => {
    const email = newAddress()
    await shop.visit(async (page) => {
      await page.addInitScript(
        `Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden') } })`,
      )
      await page.reload()
      await ask(page, email, 'Newsletter')
      await shop.confirm(page, email)
      await comeBack(page)
      await page.getByText(/^since /).waitFor()
      await page.reload()
      await box(page, 'Newsletter').waitFor()
      expect(await page.locator('[part=own]').isVisible()).toBe(false)
    })
  })

  test('withdraws in another browser by a link in a mail', async () => {
    const email = newAddress()
    await shop.visit(async (page) => {
      await ask(page, email, 'Newsletter')
      await shop.confirm(page, email)
    })
    await shop.visit(async (page) => {
      await page.getByText('Withdraw consent that you gave earlier or elsewhere').click()
      await page.locator('#elsewhere').fill(email)
      await page.keyboard.press('Enter')
      await says(page, `If there is consent of ${email}`)
      await page.goto(await shop.link(email, 3))
      const told = shop.shop.inbox.changes.length
      await page.locator('button').first().click()
      expect((await shop.shop.inbox.until(told + 1)).at(-1)?.event.type).toBe('consent.withdrawn')
    })
  })

  test('has its browser work first, where the partner asks for that against form spam', async () => {
    const email = newAddress()
    const protect = (bits: number) =>
      shop.ask('mutation ($client: ID!, $bits: Int!) { protectClient(client: $client, proofOfWork: $bits) { id } }', {
        client: shop.client,
        bits,
      })
    await protect(14)
    await shop.visit(async (page) => {
      const posted = isPosted(page, 'giveConsent')
      await ask(page, email, 'Newsletter')
      const { challenge, number } = proofIn((await posted).postDataJSON().variables.input.proofOfWork)
      expect(createHash('sha256').update(`${challenge}:${number}`).digest().readUInt16BE() >> 2).toBe(0)
      await says(page, `We sent a mail to ${email}`)
      await shop.mails.takesFor(email)

      // To withdraw takes the same, and no more.
      const withdrawn = isPosted(page, 'withdrawConsent')
      await page.getByText('Withdraw consent that you gave earlier or elsewhere').click()
      await page.locator('#elsewhere').fill(email)
      await page.getByRole('button', { name: 'Send me the link' }).click()
      expect((await withdrawn).postDataJSON().variables.input.proofOfWork).toMatch(/:\d+$/)
      await says(page, `If there is consent of ${email}`)
    })
    await protect(0)
  })

  test('sees everything in a browser that says an odd language, as those of systems without one do', async () => {
    await shop.visit(async (page) => {
      await page.addInitScript(`Object.defineProperty(navigator, 'languages', { value: ['en-US@posix', 'xx_YY'] })`)
      await page.reload()
      await box(page, 'Newsletter').waitFor()
      expect(await page.evaluate('navigator.languages[0]')).toBe('en-US@posix')
    })
  })

  test('reads that it is not possible where the site is set up wrong; the console says why, and where to read on', async () => {
    await shop.visit(async (page, complaints) => {
      await page.evaluate(`document.querySelector('lethe-consent').setAttribute('key', 'pk_wrong')`)
      await page.getByRole('alert').filter({ hasText: 'not possible' }).waitFor()
      expect(complaints.splice(0).filter((each) => each.includes('UNAUTHENTICATED')).length).toBeGreaterThan(0)
      await page.evaluate(
        `document.querySelector('lethe-consent').setAttribute('key', '${shop.settings.publishableKey}')`,
      )
      await box(page, 'Newsletter').waitFor()
      await page.evaluate(`document.querySelector('lethe-consent').setAttribute('purposes', 'events')`)
      await box(page, 'Newsletter').waitFor({ state: 'detached' })
      const posted = isPosted(page, 'consentOffers')
      await page.evaluate(`document.querySelector('lethe-consent').setAttribute('language', 'de')`)
      expect((await posted).postDataJSON().variables).toEqual({ purposes: ['events'], language: 'de' })
      await box(page, 'Einladungen zu Veranstaltungen').waitFor()
    })
  })

  test('is asked at the checkout, too: the partner’s server asks with the typed client, once for an order', async () => {
    const email = newAddress()
    const order = { order: 4711, email, newsletter: { version: 1, language: 'de' } }
    const buy = async () => {
      const response = await fetch(`${shop.shop.url}/orders`, { method: 'POST', body: JSON.stringify(order) })
      return [response.status, await response.json()]
    }
    const [first, second] = [await buy(), await buy()]
    expect(first).toMatchObject([200, [{ purpose: 'newsletter', state: 'PENDING_CONFIRMATION', error: null }]])
    expect(second).toEqual(first)
    const before = shop.shop.inbox.changes.length
    await shop.visit((page) => shop.confirm(page, email))
    const subjects = (await shop.mails.takesFor(email, 2)).map(({ subject }) => subject)
    expect(subjects.filter((subject) => subject?.includes('bestätigen'))).toHaveLength(1)
    expect((await shop.shop.inbox.until(before + 1)).at(-1)?.event).toMatchObject({ type: 'consent.confirmed' })
  })

  test('is served by every function of the typed client, and by errors that say what is wrong', async () => {
    const { settings, lethe: url } = shop
    const lethe = createLethe({ url, key: settings.secretKey })
    const email = newAddress()
    const person = { email }
    const [offer] = await lethe.consentOffers({ purposes: ['newsletter'], language: 'de' })
    expect(offer).toMatchObject({ purpose: 'newsletter', name: 'Newsletter', notice: { version: 1, language: 'de' } })
    const choice = { purpose: 'newsletter', notice: { version: 1, language: 'de' } }

    const given = await lethe.giveConsent({ person, purposes: [choice, { purpose: 'nonsense' }] }, { receipt: true })
    expect(given.outcomes).toMatchObject([
      { state: 'PENDING_CONFIRMATION', error: null },
      { state: 'NOT_DECIDED', error: { code: 'PURPOSE_NOT_ALLOWED' } },
    ])
    const { documentation = '' } = given.outcomes[1]?.error ?? {}
    expect(await (await fetch(documentation)).text()).toContain('id="PURPOSE_NOT_ALLOWED"')
    const token = given.token ?? ''
    expect(await lethe.ownConsents({ token })).toMatchObject([{ state: 'PENDING_CONFIRMATION' }])

    await shop.visit((page) => shop.confirm(page, email))
    expect(await lethe.ownConsents({ token })).toMatchObject([{ state: 'GIVEN' }])
    const withdrawn = await lethe.withdrawConsent({ person, purposes: ['newsletter'] }, { receipt: true })
    expect(withdrawn.outcomes).toMatchObject([{ state: 'WITHDRAWN', error: null, receipt: { complete: true } }])
    const refused = await lethe.refuseConsent({ person, purposes: [choice] })
    expect(refused.outcomes).toMatchObject([{ state: 'REFUSED', error: null }])

    const idempotencyKey = 'once'
    await lethe.withdrawConsent({ person, purposes: ['newsletter'], idempotencyKey })
    const refusals = await Promise.allSettled([
      lethe.withdrawConsent({ person, purposes: ['events'], idempotencyKey }),
      lethe.confirmConsent({ token: 'nonsense' }),
      lethe.updateOwnFields({ person, fields: [{ key: 'size', value: { text: 'L' } }] }),
      createLethe({ url, key: 'sk_nonsense' }).consentOffers(),
    ])
    const codes = refusals.map((one) => one.status === 'rejected' && isLetheError(one.reason) && one.reason.code)
    expect(codes).toEqual(['IDEMPOTENCY_KEY_REUSED', 'LINK_INVALID', 'FORBIDDEN', 'UNAUTHENTICATED'])
  })
})

const proofIn = (text: string) => {
  const at = text.lastIndexOf(':')
  return { challenge: text.slice(0, at), number: text.slice(at + 1) }
}
