import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newsletter, openPartners, type Partners } from './support.ts'

// Random sequences of what persons say by several clients, against a model that knows nothing of events.

let partners: Partners
beforeAll(async () => {
  partners = await openPartners()
})
afterAll(() => partners.close())

const tree: Record<string, readonly string[]> = {
  marketing: ['marketing', 'newsletter', 'events'],
  newsletter: ['newsletter', 'events'],
  events: ['events'],
  surveys: ['surveys'],
}
const purposes = Object.keys(tree)
const choice = (purpose: string) => (purpose === 'newsletter' ? newsletter : { purpose })
const evidence = { kind: 'FORM', text: 'Form 9.' }

const step = fc.record({
  act: fc.constantFrom('attest', 'ask', 'confirm', 'confirm', 'withdraw', 'refuse', 'return'),
  client: fc.nat(1),
  person: fc.nat(1),
  purposes: fc.uniqueArray(fc.constantFrom(...purposes), { minLength: 1, maxLength: 3 }),
  which: fc.nat(3),
})

type Request = { person: number; token: string; link: string; asked: string[] }

it('comes to what was said last, whoever brought it, and never to more', async () => {
  const other = await partners.newClient({ name: 'Other' })
  const clients = [partners.shop, other]
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10 }), async (steps) => {
      run++
      const emails = [0, 1].map((index) => `run${run}-${index}@example.org`)
      const held = [new Set<string>(), new Set<string>()]
      const open: Request[] = []
      const mails = [0, 0]
      const { done, linkOf } = partners
      for (const { act, client, person, purposes: chosen, which } of steps) {
        const { page, server } = clients[client] ?? partners.shop
        const about = { person: { email: emails[person] } }
        const own = held[person] ?? new Set()
        const pending = open[which % Math.max(1, open.length)]
        if (act === 'attest') {
          await done('give', { ...about, purposes: chosen.map(choice), evidence }, server)
          for (const one of chosen) own.add(one)
        } else if (act === 'ask' && (mails[person] ?? 0) < 5) {
          mails[person] = (mails[person] ?? 0) + 1
          // From addresses of their own: limits are another test's.
          const address = `198.51.${run % 250}.${open.length}`
          const { token } = await done('give', { ...about, purposes: chosen.map(choice) }, { ...page, address })
          open.push({ person, token, link: await linkOf(emails[person] ?? ''), asked: [...chosen] })
        } else if (act === 'confirm' && pending) {
          open.splice(open.indexOf(pending), 1)
          const yes = pending.asked.filter((one) => chosen.includes(one))
          const confirm = { token: pending.link, purposes: chosen }
          if (pending.asked.length === 0)
            expect((await partners.failed('confirm', confirm, {})).code).toBe('LINK_INVALID')
          else await done('confirm', confirm, { address: `198.51.${run % 250}.99` })
          for (const one of yes) held[pending.person]?.add(one) // Saying no to a request takes nothing away.
        } else if (act === 'withdraw' || act === 'refuse') {
          const keys = act === 'withdraw' ? chosen : chosen.map(choice)
          const ended = chosen.flatMap((one) => (act === 'withdraw' ? (tree[one] ?? []) : [one]))
          await done(act, { ...about, purposes: keys }, server)
          for (const one of ended) own.delete(one)
          for (const request of open)
            if (request.person === person) request.asked = request.asked.filter((one) => !ended.includes(one))
        } else if (act === 'return' && pending) {
          // The visitor changes their mind before the mail arrives.
          const mine = pending.asked.slice(0, 1)
          if (mine.length > 0)
            await done('withdraw', { person: { token: pending.token }, purposes: mine }, { address: '198.51.255.1' })
          const gone = mine.flatMap((one) => tree[one] ?? [])
          pending.asked = pending.asked.filter((one) => !gone.includes(one))
        }
      }
      for (const [index, email] of emails.entries()) {
        const ids = await partners.contactsWith(email)
        expect(ids.length).toBeLessThanOrEqual(1)
        const allowed = []
        for (const purpose of purposes)
          if (ids[0] && (await partners.mayProcess(ids[0], purpose))) allowed.push(purpose)
        expect(allowed.toSorted()).toEqual([...(held[index] ?? [])].toSorted())
      }
    }),
    { numRuns: 25 },
  )
}, 120_000)
