import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Data, type Office, openOffice } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office?.close())

/** What a request is, as the law and the Data Rights Protocol have it; written down apart from the product. */
type Model = {
  kind: 'ACCESS' | 'ERASURE' | 'OBJECTION'
  status: string
  known: boolean
  extended: boolean
  produced: string | undefined
  delivered: boolean
}

type Act = 'assign' | 'ask' | 'verify' | 'extend' | 'produce' | 'deliver' | 'fulfil' | 'deny' | 'revoke'
const acts: Act[] = ['assign', 'ask', 'verify', 'extend', 'produce', 'deliver', 'fulfil', 'deny', 'revoke']

const decided = (status: string) => ['FULFILLED', 'DENIED', 'REVOKED'].includes(status)

/** What becomes of it; nothing if it can't be done. */
function next(model: Model, act: Act): Model | undefined {
  const { kind, status, known, extended, produced, delivered } = model
  if (decided(status)) return undefined
  if (act === 'revoke') return { ...model, status: 'REVOKED' }
  if (act === 'deny') return { ...model, status: 'DENIED' }
  if (act === 'verify') return { ...model, status: 'IN_PROGRESS', known: true }
  if (status === 'NEEDS_VERIFICATION') return act === 'assign' ? model : undefined
  const going = { ...model, status: 'IN_PROGRESS' }
  switch (act) {
    case 'assign':
      return going
    case 'ask':
      return known ? undefined : { ...model, status: 'NEEDS_VERIFICATION' }
    case 'extend':
      return extended ? undefined : { ...going, extended: true }
    case 'produce':
      return kind === 'ACCESS' ? { ...going, produced: randomUUID() } : undefined
    case 'deliver':
      return produced && known ? { ...going, delivered: true } : undefined
    case 'fulfil':
      if (kind === 'OBJECTION') return { ...model, status: 'FULFILLED' }
      return known && (kind !== 'ACCESS' || delivered) ? { ...model, status: 'FULFILLED' } : undefined
  }
}

it('goes only ways that there are, in any order of steps, and tells why it does not', async () => {
  const { users } = await office.ask('{ users(first: 1) { edges { node { id } } } }')
  const user = users.edges[0].node.id
  const carryOut = async (act: Act, id: string, uuid: string, packageId: string, kind: Model['kind']) => {
    const said: Partial<Record<Act, object>> = {
      assign: { user },
      verify: { method: 'IN_PERSON' },
      extend: { reason: 'It is much.' },
      fulfil: kind === 'OBJECTION' ? { purposes: ['advice'] } : {},
      deny: { because: 'EXCESSIVE', article: 'Art. 12(5) GDPR', reason: 'The tenth time.' },
    }
    try {
      if (act === 'produce') await office.produce(uuid, id, packageId)
      else if (act === 'deliver') await office.deliver(uuid, id, packageId)
      else {
        const { errors } = await office.graphql(office.steps[act] ?? '', { id, ...said[act] }, office.token)
        return errors?.[0].extensions.code
      }
    } catch (error) {
      return (error as { code?: string }).code
    }
    return undefined
  }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('ACCESS' as const, 'ERASURE' as const, 'OBJECTION' as const),
      fc.array(fc.constantFrom(...acts), { minLength: 4, maxLength: 9 }),
      async (kind, path) => {
        const { id: contact, uuid } = await office.person()
        const [{ id }] = await office.receive(contact, [kind], { statement: 'So.' })
        let model: Model = {
          ...{ kind, status: 'OPEN', known: false, extended: false, delivered: false, produced: undefined },
        }
        for (const act of path) {
          const after = next(model, act)
          const packageId = (act === 'produce' ? after?.produced : model.produced) ?? randomUUID()
          const code = await carryOut(act, id, uuid, packageId, kind)
          const wrongKind = act === 'produce' && kind !== 'ACCESS' && code === 'INVALID_INPUT'
          expect([act, wrongKind ? 'CONFLICT' : code]).toEqual([act, after ? undefined : 'CONFLICT'])
          model = after ?? model
          const [request] = await office.requests({ contact })
          expect(seenAs(request)).toEqual(seenAs(shown(model)))
        }
      },
    ),
    { numRuns: 25 },
  )
}, 120_000)

const seenAs = ({ status, verifiedAt, extendedAt, producedAt, deliveredAt, decidedAt }: Data) => ({
  ...{ status, known: Boolean(verifiedAt), extended: Boolean(extendedAt), produced: Boolean(producedAt) },
  ...{ delivered: Boolean(deliveredAt), decided: Boolean(decidedAt) },
})

const shown = ({ status, known, extended, produced, delivered }: Model) => ({
  ...{ status, verifiedAt: known, extendedAt: extended, producedAt: produced, deliveredAt: delivered },
  decidedAt: decided(status),
})
