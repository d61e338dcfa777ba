import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { globalId, newsletter, openPartners, origin, type Partners } from './support.ts'

let partners: Partners
beforeAll(async () => {
  partners = await openPartners()
})
afterAll(() => partners.close())

const person = (email: string) => ({ person: { email } })

describe('from a page', () => {
  it('asks by mail, and gives consent once the person confirms', async () => {
    const { shop, done, own, linkOf, contactsWith, events, mayProcess } = partners
    const email = 'anna@example.org'
    const input = {
      ...person(email),
      purposes: [newsletter, { purpose: 'surveys' }],
      page: `${origin}/sign-up?mail=x#y`,
    }
    const { token, outcomes } = await done('give', input, shop.page)
    expect(outcomes.map(({ state }: { state: string }) => state)).toEqual([
      'PENDING_CONFIRMATION',
      'PENDING_CONFIRMATION',
    ])
    expect(await contactsWith(email)).toEqual([])
    expect(await own(token)).toEqual(['newsletter PENDING_CONFIRMATION', 'surveys PENDING_CONFIRMATION'])
    const link = await linkOf(email)
    const confirmed = await done('confirm', { token: link, purposes: ['newsletter'] }, {})
    expect(confirmed.outcomes).toMatchObject([
      {
        purpose: 'newsletter',
        state: 'GIVEN',
        recordPayload: { processing: { notice: { version: 1 } }, page: `${origin}/sign-up` },
      },
      { purpose: 'surveys', state: 'REFUSED' },
    ])
    const [contactId = ''] = await contactsWith(email)
    expect(await events(contactId)).toEqual([
      'requested newsletter by client',
      'confirmed newsletter by contact',
      'requested surveys by client',
      'refused surveys by contact',
    ])
    expect(await mayProcess(contactId, 'newsletter')).toBe(true)
    expect(await own(token)).toEqual(['newsletter GIVEN', 'surveys REFUSED'])
    expect(await done('withdraw', { person: { token }, purposes: ['newsletter'] }, shop.page)).toMatchObject({
      outcomes: [{ state: 'WITHDRAWN' }],
    })
    expect(await mayProcess(contactId, 'newsletter')).toBe(false)
    expect(await own(token)).toEqual(['newsletter WITHDRAWN', 'surveys REFUSED'])
  })
})

describe('from a server', () => {
  it('records what it attests with evidence, at once', async () => {
    const { shop, done, states, contactsWith, mayProcess } = partners
    const evidence = { kind: 'FORM', text: 'Form 17, ticked at the counter.' }
    const input = { ...person('Berta@Example.org'), purposes: [newsletter, { purpose: 'events' }], evidence }
    expect(await done('give', input, shop.server)).toMatchObject({ outcomes: [{ state: 'GIVEN' }, { state: 'GIVEN' }] })
    const [contactId = ''] = await contactsWith('berta@example.org')
    expect(await mayProcess(contactId, 'events')).toBe(true)
    expect(await states('withdraw', { ...person('BERTA@example.org'), purposes: ['newsletter'] }, shop.server)).toEqual(
      ['newsletter WITHDRAWN', 'events WITHDRAWN'],
    )
    expect(await mayProcess(contactId, 'events')).toBe(false)
  })
})

describe('by staff', () => {
  it('asks a contact, and withdraws for them', async () => {
    const { done, states, linkOf, contactsWith, failed } = partners
    const [contactId = ''] = await contactsWith('berta@example.org')
    const about = { person: { contactId: globalId(contactId) } }
    expect(await done('give', { ...about, purposes: [{ purpose: 'surveys' }] })).toMatchObject({ token: null })
    const token = await linkOf('Berta@example.org')
    expect(await failed('confirm', { token })).toMatchObject({ code: 'FORBIDDEN' })
    expect(await states('confirm', { token }, {})).toEqual(['surveys GIVEN'])
    expect(await states('withdraw', { ...about, purposes: ['surveys'] })).toEqual(['surveys WITHDRAWN'])
  })
})
