import { test } from 'vitest'
import { openOffice, globalId } from './lists-support.ts'
import pg from 'pg'
test('x', async () => {
  const o = await openOffice()
  const seen: string[] = []
  const orig = pg.Client.prototype.query
  ;(pg.Client.prototype as any).query = function (...a: any[]) { seen.push(JSON.stringify(a[0]?.text ?? a[0]).slice(0, 200)); return (orig as any).apply(this, a) }
  const c = await o.create({ givenName: 'Anna', familyName: 'Müller', emails: [{ address: 'anna@example.org' }], organisation: 'ΟΔΟΣ' })
  console.log(seen.length, seen.slice(0, 3), c)
  const q = async (query: string, variables?: object) => { const r = await o.graphql(query, variables, token); console.log(query.slice(0, 150), JSON.stringify(variables) ?? '', '→', JSON.stringify({ d: r.data, e: r.errors })) }
  const token = await o.signIn()
  const L = (f: object) => q('query ($f: ContactFilter) { contacts(filter: $f) { totalCount edges { node { displayName } } } }', { f })
  const S = (s: string) => q('query ($s: String) { contacts(search: $s) { totalCount } }', { s })
  await L({ organisation: { contains: 'οδος' } })
  await L({ organisation: { contains: 'ΟΔΟΣ' } })
  await L({ organisation: { startsWith: 'ΟΔΟ' } })
  await o.create({ familyName: 'Москва', organisation: 'ΟΔΟΣΑΣ', emails: [{address: 'x@Straße.example'}] })
  await S('ОСК'); await S('оск'); await S('ΟΔΟΣ'); await S('οδοσ'); await S('strasse'); await S('muller'); await S('％'); await S('＿'); await S('\\'); await S('＼'); await S('a\u0000b'); await S('Mu\u0308ller'); await S('\ud800')
  await L({ familyName: { equals: '\u0000' } }); await L({ familyName: { in: ['\u0000', 'Müller', 'a,"b{}\\'] } }); await L({ familyName: { in: [] } })
  await L({ tags: { hasAny: ['\u0000'] } })
  await L({ familyName: { equals: 'Mu\u0308ller' } })
  await L({ familyName: { contains: 'x'.repeat(500000) } }).catch(console.log)
  await L({ birthDate: { from: '0000-01-01' } }); await L({ createdAt: { from: '0000-01-01T00:00:00Z' } }); await L({ createdAt: { from: '0001-01-01T00:00:00Z' } })
  await L({ birthDate: { from: '2024-02-30' } })
  await L({ and: Array.from({ length: 40000 }, () => ({ familyName: { equals: 'a' } })) })
  await L({ and: Array.from({ length: 5000 }, () => ({ familyName: { equals: 'a' } })) })
  await L({ and: [], or: [] }); await L({ not: {} }); await L({ and: [] }); await L({})
  const P = (a: string) => q(`{ contacts(${a}) { edges { cursor } pageInfo { hasNextPage hasPreviousPage } } }`)
  await P('first: 0'); await P('first: -1'); await P('first: 501'); await P('first: 1000000'); await P('first: 1, last: 1'); await P('last: -5'); await P('after: "xyz"'); await P('after: ""'); 
  const cur = (v: unknown) => Buffer.from(JSON.stringify(v)).toString('base64url')
  await P(`after: "${cur(['birthDate,id', '2024-99-99', '00000000-0000-0000-0000-000000000000'])}", orderBy: [{birthDate: ASC}]`)
  await P(`after: "${cur(['createdAt,id', '2024-99-99 10:00:00+00', '00000000-0000-0000-0000-000000000000'])}", orderBy: [{createdAt: ASC}]`)
  await P(`orderBy: [${'{familyName: ASC} {givenName: DESC}'.repeat(300)}]`)
  await P('orderBy: [{birthDate: ASC}]'); await P('orderBy: [{createdAt: ASC}]')
  await q('{ contact(id: "garbage") { id } }'); await q(`{ contact(id: "${globalId('x')}") { id } }`); await q(`{ contact(id: "${globalId('00000000-0000-0000-0000-000000000001', 'User')}") { id } }`); await q(`{ contact(id: "${globalId('00000000-0000-0000-0000-000000000001')}") { id } }`)
  await q('{ findDuplicates(contactId: "garbage") { score } }'); await q('{ findDuplicates(first: -1) { score } }')
  await q('{ node(id: "garbage") { id } }')
  const C = (input: object) => q('mutation ($input: CreateContactInput!) { createContact(input: $input) { id source displayName } }', { input })
  await C({ familyName: 'a', source: '\u0000' }); await C({ familyName: 'a', source: ' ' + 'x'.repeat(20) }); await C({ familyName: 'a', sourceAt: '0000-01-01T00:00:00Z' }); await C({ familyName: 'a', birthDate: '2024-02-30' }); await C({ emails: [{ address: 'a@example.org' }, { address: 'b@example.org', primary: true }] })
  await C({ familyName: 'a', emails: null, tags: null, displayName: null })
  await o.close()
})
