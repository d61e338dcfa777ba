import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseEnvironment } from '../support/environment.ts'
import { inFolder, lethe } from '../support/lethe.ts'
import { type Desk, openDesk } from './support.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

const mutation = `mutation ($input: ImportOrdersInput!) { importOrders(input: $input) {
  created unchanged rejected rejectedOrders { place faults { field message } } rejectedFile unrecognisedColumns } }`

const bring = async (input: object) => (await desk.ask(mutation, { input })).importOrders

const numbers = async (source: string) => {
  const { orders } = await desk.ask(`{ orders(filter: { source: "${source}" }, orderBy: { placedAt: ASC }) {
    edges { node { number total contact { givenName } lines { description } billingAddress { city } } } } }`)
  return orders.edges.map(({ node }: { node: object }) => node)
}

test('a table becomes orders with lines; rows with faults come back, and the same table twice has one effect', async () => {
  await desk.contact({ givenName: 'Ada', emails: [{ address: 'ada@shop.example' }] })
  const content = [
    'Bestellnummer;E-Mail;Bestelldatum;Währung;Artikel;Menge;Einzelpreis;MwSt-Satz;Billing City;Farbe',
    'S-1;Ada@Shop.example;2026-01-01;EUR;"Tee; grün";2;1.000,50;7;Bonn;rot',
    'S-2;nobody@shop.example;2026-01-02;EUR;Tasse;1;5,00;19;;',
    'S-1;Ada@Shop.example;2026-01-01;EUR;Tasse;1;5,00;19;Bonn;',
    'S-3;ada@shop.example;gestern;EUR;Tasse;1;5,00;19;;',
    '',
  ].join('\r\n')
  const input = { format: 'CSV', source: 'shop', decimalComma: true, content }
  const dry = await bring({ ...input, dryRun: true })
  expect(dry).toMatchObject({ created: 1, rejected: 2 })
  expect(await numbers('shop')).toEqual([])
  const came = await bring(input)
  expect(came).toMatchObject({ created: 1, unchanged: 0, rejected: 2, unrecognisedColumns: ['Farbe'] })
  expect(came.rejectedOrders).toEqual([
    { place: 'line 5', faults: [{ field: 'placedAt', message: expect.any(String) }] },
    { place: 'line 3', faults: [{ field: 'contact', message: expect.stringContaining('no such contact') }] },
  ])
  expect(came.rejectedFile.split('\n').map((line: string) => line.slice(0, 3))).toEqual(['Bes', 'S-3', 'S-2', ''])
  const stored = [
    {
      ...{ number: 'S-1', total: '2147.02', contact: { givenName: 'Ada' }, billingAddress: { city: 'Bonn' } },
      lines: [{ description: 'Tee; grün' }, { description: 'Tasse' }],
    },
  ]
  expect(await numbers('shop')).toEqual(stored)
  expect(await bring(input)).toMatchObject({ created: 0, unchanged: 1, rejected: 2 })
  expect(await numbers('shop')).toEqual(stored)
  const mapped = content.replace('Bestellnummer', 'Beleg').replaceAll('S-1', 'S-9')
  expect(await bring({ ...input, content: mapped, map: [{ column: 'Beleg', field: 'number' }] })).toMatchObject({
    created: 1,
  })
})

test('contacts are found by id, by the id of another system, and by an address that one alone has', async () => {
  const id = await desk.contact({ givenName: 'Grace', emails: [{ address: 'two@shop.example' }] })
  await desk.contact({ givenName: 'Twin', emails: [{ address: 'two@shop.example' }] })
  await desk.ask('mutation ($input: ImportContactsInput!) { importContacts(input: $input) { created } }', {
    input: { format: 'JSONL', source: 'crm', ground: 'CONTRACT', content: '{"externalId":"K-7","givenName":"Emmy"}\n' },
  })
  const row = (number: string, contact: object) =>
    JSON.stringify({
      ...{ contact, number, placedAt: '2026-02-01T10:00:00+01:00', currency: 'EUR', total: 12 },
      lines: [{ description: 'Tea', quantity: 1, unitPrice: '12.00' }],
    })
  const content = [
    row('J-1', { id }),
    row('J-2', { externalId: 'K-7' }),
    row('J-3', { email: 'two@shop.example' }),
    row('J-1', { externalId: 'K-7' }),
    '{',
    '{"number": "J-5"}',
  ].join('\n')
  const came = await bring({ format: 'JSONL', source: 'json', contactSource: 'crm', content })
  expect(came).toMatchObject({ created: 2, unchanged: 0, rejected: 4 })
  const faults = came.rejectedOrders.map(
    ({ place, faults: [first] }: { place: string; faults: { field: string }[] }) => [place, first?.field],
  )
  expect(faults).toEqual([
    ['line 5', 'line'],
    ['line 6', 'contact'],
    ['line 3', 'contact'],
    ['line 4', 'number'],
  ])
  expect((await numbers('json')).map(({ contact }: { contact: { givenName: string } }) => contact.givenName)).toEqual([
    'Grace',
    'Emmy',
  ])
})

test('what a contact gave of an order, as their copy has it, can be brought elsewhere', async () => {
  const contactId = await desk.contact()
  await desk.order(contactId, { number: 'X-1', shippingAddress: { city: 'Bonn' }, notes: 'Ours' })
  const [copy] = await desk.disclosed(contactId)
  if (!copy || !Array.isArray(copy.portable)) throw new Error('nothing of it is portable')
  const { record, portable } = copy
  const given = Object.fromEntries(portable.map((field) => [field, record[field]]))
  const content = JSON.stringify({ ...given, contact: { id: contactId } })
  expect(await bring({ format: 'JSONL', source: 'elsewhere', content })).toMatchObject({ created: 1, rejected: 0 })
  const { orders } = await desk.ask(`{ orders(filter: { source: "elsewhere" }) { edges { node {
    number total notes shippingAddress { city } } } } }`)
  expect(orders.edges).toEqual([
    { node: { number: 'X-1', total: '11.9', notes: null, shippingAddress: { city: 'Bonn' } } },
  ])
})

test('of the same file brought twice at once, every order is there once', async () => {
  const id = await desk.contact()
  const content = Array.from({ length: 300 }, (_, index) =>
    JSON.stringify({
      ...{ contact: { id }, number: `M-${index}`, placedAt: '2026-01-01', currency: 'EUR' },
      lines: [{ description: 'Tea', quantity: '1', unitPrice: '1' }],
    }),
  ).join('\n')
  const both = await Promise.all([1, 2].map(() => bring({ format: 'JSONL', source: 'many', content })))
  expect(both.map(({ created }) => created).reduce((sum, count) => sum + count)).toBe(300)
  expect(both.map(({ unchanged }) => unchanged).reduce((sum, count) => sum + count)).toBe(300)
})

test('lethe import-orders brings a file, and leaves what is wrong with it in another one', async () => {
  await inFolder(async (folder) => {
    await desk.contact({ givenName: 'Ida', emails: [{ address: 'ida@command.example' }] })
    const [path, left] = [join(folder, 'orders.csv'), join(folder, 'left.csv')]
    const rows = [
      'C-1;ida@command.example;2026-01-01;EUR;Tee;2;1,50',
      'C-2;nobody@command.example;2026-01-01;EUR;Tee;1;1',
    ]
    await writeFile(path, ['Beleg;E-Mail;Datum;Währung;Artikel;Menge;Preis', ...rows, ''].join('\n'))
    const flags = ['--source', 'command', '--map', 'Beleg=number', '--decimal-comma', '--rejected', left]
    const run = (...more: string[]) =>
      lethe(['import-orders', path, ...flags, ...more], {
        ...databaseEnvironment(desk.config.databaseUrl ?? ''),
        LETHE_DATA: desk.config.data,
      }).done
    const { code, stdout, stderr } = await run()
    expect([code, stdout]).toEqual([2, '1 created, 0 known already, 1 rejected.\n'])
    expect(stderr).toContain('line 3: contact: There is no such contact')
    expect(await numbers('command')).toMatchObject([{ number: 'C-1', total: '3', contact: { givenName: 'Ida' } }])
    expect((await readFile(left, 'utf8')).split('\n')).toEqual([expect.stringContaining('Beleg;'), rows[1], ''])
    expect((await stat(left)).mode & 0o777).toBe(0o600)
    // What is there may be being mended.
    const again = await run()
    expect([again.code, again.stdout]).toEqual([1, ''])
  })
})
