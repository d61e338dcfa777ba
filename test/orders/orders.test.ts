import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { amountOf, exact, statedTotals, totalsOf } from '../../src/modules/orders/amounts.ts'
import { orders } from '../../src/modules/orders/index.ts'
import { orderRetention } from '../../src/modules/orders/retention.ts'
import { wholeContact } from '../support/erasure.ts'
import { type Desk, openDesk } from './support.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

const tea = { description: 'Tea', articleNumber: 'T-1', quantity: '3', unitPrice: '1.005', taxRate: '7' }
const cup = { description: 'Cup', quantity: '1', unitPrice: '10', taxRate: '19' }

describe('an order', () => {
  test('comes to what its lines do, to the digit, with its addresses as they were', async () => {
    const contactId = await desk.contact()
    const order = await desk.order(contactId, {
      source: 'shop',
      lines: [tea, cup],
      billingAddress: { name: 'Ada', street: 'Way 1', city: 'Bonn', country: 'Germany' },
      notes: 'Ring twice.',
    })
    expect(order).toMatchObject({
      source: 'shop',
      status: 'PLACED',
      netTotal: '13.02',
      taxTotal: '2.11',
      total: '15.13',
      billingAddress: { name: 'Ada', country: 'DE', postalCode: null },
      shippingAddress: null,
      notes: 'Ring twice.',
      lines: [
        { position: 1, quantity: '3', unitPrice: '1.005', taxRate: '7', amount: '3.02', articleNumber: 'T-1' },
        { position: 2, amount: '10', articleNumber: null },
      ],
    })
    const gross = await desk.order(contactId, { lines: [{ ...cup, unitPrice: '11.9' }], pricesIncludeTax: true })
    expect(gross).toMatchObject({ netTotal: '10', taxTotal: '1.9', total: '11.9' })
    const yen = await desk.order(contactId, { currency: 'JPY', lines: [{ ...cup, unitPrice: '10.5' }] })
    expect(yen).toMatchObject({ netTotal: '11', taxTotal: '2', total: '13' })
  })

  test('is refused with every fault, and a total that the lines don’t come to', async () => {
    const contactId = await desk.contact()
    const bad = { number: ' ', currency: 'XXY', lines: [{ ...tea, quantity: '1.23456', description: '' }] }
    expect(await desk.faults('createOrder', { contactId, ...bad })).toEqual([
      'currency',
      'lines.0.description',
      'lines.0.quantity',
      'number',
    ])
    const sum = { contactId, number: 'S-1', currency: 'EUR', lines: [tea, cup] }
    expect(await desk.faults('createOrder', { ...sum, total: '15.2' })).toEqual(['total'])
    expect(await desk.faults('createOrder', { ...sum, netTotal: '13' })).toEqual(['netTotal'])
    expect(await desk.order(contactId, { ...sum, taxTotal: '2.12', total: '15.14' })).toMatchObject({ total: '15.14' })
  })

  test('has a number that no other order of its source has, whoever placed it, and of two at once one is entered', async () => {
    const [one, other] = [await desk.contact(), await desk.contact()]
    const create = (contactId: string) =>
      desk.send('mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }', {
        input: { contactId, source: 'shop', number: 'N-1', currency: 'EUR', lines: [cup] },
      })
    const answers = await Promise.all([create(one), create(other), create(one), create(other)])
    expect(answers.filter(({ data }) => data?.createOrder)).toHaveLength(1)
    for (const { errors } of answers)
      for (const { extensions } of errors ?? []) {
        expect(extensions).toMatchObject({ code: 'INVALID_INPUT', faults: [{ field: 'number', rule: 'taken' }] })
      }
    await desk.order(other, { source: 'fair', number: 'N-1' })
  })

  test('changes as a whole until it is over, and says when somebody else was first', async () => {
    const contactId = await desk.contact()
    const { id } = await desk.order(contactId, { number: 'C-1', notes: 'Old' })
    const changed = await desk.update({ contactId, id, version: 1, number: 'C-2', lines: [tea], notes: null })
    expect(changed).toMatchObject({ number: 'C-2', notes: null, version: 2, total: '3.23' })
    expect(await desk.codes('updateOrder', { contactId, id, version: 1 })).toEqual(['CONFLICT'])
    await desk.order(contactId, { number: 'C-1' })
    expect(await desk.faults('updateOrder', { contactId, id, version: 2, number: 'C-1' })).toEqual(['number'])

    const step = (version: number, status: string) =>
      desk.send(
        'mutation ($o: OrderVersionInput!, $s: OrderStatus!) { changeOrderStatus(order: $o, status: $s) { status } }',
        {
          ...{ o: { contactId, id, version }, s: status },
        },
      )
    expect((await step(2, 'FULFILLED')).data).toEqual({ changeOrderStatus: { status: 'FULFILLED' } })
    expect((await step(3, 'CANCELLED')).errors?.[0]).toMatchObject({ extensions: { faults: [{ rule: 'step' }] } })
    expect((await desk.remove({ contactId, id, version: 3 })).errors?.[0]).toMatchObject({
      extensions: { faults: [{ rule: 'kept' }] },
    })
    const mistake = await desk.order(contactId, { number: 'C-3' })
    expect((await desk.remove({ contactId, id: mistake.id, version: 1 })).data).toEqual({ deleteOrder: mistake.id })
    expect((await desk.remove({ contactId, id: mistake.id, version: 1 })).errors?.[0].extensions.code).toBe('NOT_FOUND')
    // Cancelling is no way around that; a time that is over is.
    const cancel = async (number: string, placedAt?: string) => {
      const { id: order } = await desk.order(contactId, { number, ...(placedAt && { placedAt }) })
      for (const [index, s] of ['CONFIRMED', 'CANCELLED'].entries()) {
        await desk.send(
          'mutation ($o: OrderVersionInput!, $s: OrderStatus!) { changeOrderStatus(order: $o, status: $s) { status } }',
          { o: { contactId, id: order, version: index + 1 }, s },
        )
      }
      return desk.remove({ contactId, id: order, version: 3 })
    }
    expect((await cancel('C-4')).errors?.[0]).toMatchObject({ extensions: { faults: [{ rule: 'kept' }] } })
    expect((await cancel('C-5', '2001-05-01T10:00:00Z')).data.deleteOrder).toBeTruthy()
    // Its number is free again.
    await desk.order(contactId, { number: 'C-3' })
  })

  test('takes an invoice of its contact, and is kept as it is from then on', async () => {
    const [contactId, other] = [await desk.contact(), await desk.contact()]
    const { id } = await desk.order(contactId, { number: 'I-1', placedAt: '2026-01-01T00:00:00Z' })
    const attach = (documentId: string, version = 1) =>
      desk.send(
        `mutation ($o: OrderVersionInput!, $d: ID!) { attachInvoice(order: $o, documentId: $d, invoicedAt: "2027-01-02T00:00:00Z") {
          invoices invoicedAt retainedUntil retainedBy } }`,
        { o: { contactId, id, version }, d: documentId },
      )
    for (const document of [
      await desk.document('letter', contactId),
      await desk.document('invoice', other),
      contactId,
    ]) {
      expect((await attach(document)).errors?.[0].extensions.faults).toMatchObject([{ rule: 'unknown_document' }])
    }
    const invoice = await desk.document('invoice', contactId)
    expect((await attach(invoice)).data.attachInvoice).toEqual({
      invoices: [invoice],
      invoicedAt: '2027-01-02T00:00:00.000Z',
      retainedUntil: '2035-12-31',
      retainedBy: expect.stringContaining('no. 4'),
    })
    expect(await desk.faults('updateOrder', { contactId, id, version: 2, notes: 'Late' })).toEqual(['id'])
    expect((await desk.remove({ contactId, id, version: 2 })).errors?.[0].extensions.faults).toMatchObject([
      { rule: 'invoiced' },
    ])
  })

  test('is logged with its lines, amounts as text', async () => {
    const contactId = await desk.contact()
    await desk.order(contactId, { number: 'L-1', lines: [tea] })
    const { contact } = await desk.ask(
      `query ($id: ID!) { contact(id: $id) { history(first: 5) { edges { node {
        operation entity changes { field new } } } } } }`,
      { id: contactId },
    )
    const entries = contact.history.edges.map(({ node }: { node: object }) => node)
    expect(entries).toContainEqual({
      operation: 'createOrder',
      entity: 'Order',
      changes: expect.arrayContaining([{ field: 'total', new: '3.23' }]),
    })
    expect(entries).toContainEqual({
      operation: 'createOrder',
      entity: 'OrderLine',
      changes: expect.arrayContaining([{ field: 'unitPrice', new: '1.005' }]),
    })
  })
})

describe('lists', () => {
  test('find orders by what they are, in pages, and those of a contact with what was merged into it', async () => {
    const [target, source] = [await desk.contact(), await desk.contact()]
    for (const [index, contactId] of [target, source, target].entries()) {
      const price = `${index + 1}00`
      await desk.order(contactId, {
        ...{ source: 'list', number: `P-${index}`, placedAt: `2026-01-0${index + 1}T00:00:00Z` },
        lines: [{ ...cup, taxRate: '0', unitPrice: price, articleNumber: index === 1 ? 'C-9' : null }],
      })
    }
    const list = async (args: string) => {
      const { orders: found } = await desk.ask(
        `{ orders(${args}) { edges { node { number } } pageInfo { hasNextPage endCursor } } }`,
      )
      return { numbers: found.edges.map(({ node }: { node: { number: string } }) => node.number), ...found.pageInfo }
    }
    const ofSource = 'filter: { source: "list" }'
    expect((await list(ofSource)).numbers).toEqual(['P-2', 'P-1', 'P-0'])
    const page = await list(`${ofSource}, orderBy: { total: ASC }, first: 2`)
    expect(page).toMatchObject({ numbers: ['P-0', 'P-1'], hasNextPage: true })
    expect((await list(`${ofSource}, orderBy: { total: ASC }, first: 2, after: "${page.endCursor}"`)).numbers).toEqual([
      'P-2',
    ])
    expect((await list('filter: { source: "list", articleNumber: "C-9" }')).numbers).toEqual(['P-1'])
    expect((await list('filter: { source: "list", totalFrom: "150", totalUntil: "250" }')).numbers).toEqual(['P-1'])
    expect((await list('filter: { source: "list", placedUntil: "2026-01-02T00:00:00Z" }')).numbers).toEqual(['P-0'])
    expect((await list('filter: { source: "list", status: [CANCELLED] }')).numbers).toEqual([])

    const ofContact = async () => {
      const query = '{ contact(id: "ID") { orders(first: 2) { edges { node { number } } pageInfo { hasNextPage } } } }'
      const { contact } = await desk.ask(query.replace('ID', target))
      return contact.orders
    }
    expect((await ofContact()).edges.map(({ node }: { node: { number: string } }) => node.number)).toEqual([
      'P-2',
      'P-0',
    ])
    await desk.ask('mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { merges { id } } }', {
      input: { targetId: target, version: 1, sourceIds: [source] },
    })
    const merged = await ofContact()
    expect(merged.edges.map(({ node }: { node: { number: string } }) => node.number)).toEqual(['P-2', 'P-1'])
    expect(merged.pageInfo).toEqual({ hasNextPage: true })
  })

  test('take as many statements for many contacts as for few', async () => {
    const ask = async (first: number) => {
      const { data, statements } = await desk.counting(
        `{ contacts(first: ${first}) { edges { node { orders(first: 3) { edges { node { number lines { description } } } } } } } }`,
      )
      expect(data.contacts.edges).toHaveLength(first)
      return statements
    }
    expect(await ask(6)).toBe(await ask(2))
  })
})

describe('the law', () => {
  test('keeps an order to the end of the sixth year, an invoice to the end of the eighth, by the German calendar', () => {
    const at = (placedAt: string, invoicedAt: string | null = null) => {
      const { until, law } = orderRetention({
        placedAt: new Date(placedAt),
        invoicedAt: invoicedAt === null ? null : new Date(invoicedAt),
      })
      return `${until.toISOString().slice(0, 10)} ${law.kind}`
    }
    expect(at('2026-03-01T00:00:00Z')).toBe('2032-12-31 letter')
    expect(at('2026-12-31T23:30:00Z')).toBe('2033-12-31 letter')
    expect(at('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z')).toBe('2034-12-31 voucher')
  })

  test('keeps orders whose time isn’t over, and no others, though all go from the contact', async () => {
    const contactId = await desk.contact()
    await desk.order(contactId, { number: 'R-old', placedAt: '2010-05-05T00:00:00Z' })
    await desk.order(contactId, { number: 'R-new', lines: [tea, cup] })
    const held = { ...desk.work, contactId: desk.uuid(contactId) }
    const retained = await desk.transact((tx) =>
      Array.fromAsync(orders.personalData.retained?.({ ...held, tx }, new Date()) ?? []),
    )
    expect(retained).toMatchObject([
      {
        kind: 'order',
        model: 'Order',
        record: { number: 'R-new', lines: [{ description: 'Tea' }, { description: 'Cup' }] },
        retention: { key: 'letter', citation: expect.stringContaining('HGB') },
      },
    ])
    const until = orderRetention({
      placedAt: new Date(String(retained[0]?.record['placedAt'])),
      invoicedAt: null,
    }).until
    expect(Number(retained[0]?.retention.until) - until.getTime()).toBe(24 * 3_600_000)
    // Nothing takes them along in silence.
    await expect(desk.transact((tx) => tx.contact.delete({ where: { id: held.contactId } }))).rejects.toThrow()
    const { erased } = await desk.transact((tx) =>
      orders.personalData.erase(tx, [held.contactId], wholeContact(), desk.work),
    )
    expect(erased).toEqual({ Order: 2, OrderLine: 3, OrderKey: 2 })
  })
})

test('orders are disclosed with their lines, and what the contact gave is portable', async () => {
  const contactId = await desk.contact()
  await desk.order(contactId, { number: 'D-1', lines: [tea], notes: 'Ours', shippingAddress: { city: 'Bonn' } })
  const found = await desk.disclosed(contactId)
  expect(found).toMatchObject([
    {
      kind: 'order',
      category: 'orders',
      record: {
        number: 'D-1',
        total: '3.23',
        notes: 'Ours',
        shippingAddress: { city: 'Bonn' },
        retainedBy: expect.stringContaining('HGB'),
        lines: [{ description: 'Tea', quantity: '3', unitPrice: '1.005', taxRate: '7', amount: '3.02' }],
      },
      portable: expect.arrayContaining(['number', 'lines']),
    },
  ])
  expect(found[0]?.portable).not.toContain('notes')
})

const decimal = (places: number) =>
  fc
    .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: places }))
    .map(([units, digits]) => exact(units).div(exact(10).pow(digits)).toFixed())
const lines = fc.array(
  fc.record({
    quantity: decimal(4),
    unitPrice: decimal(6),
    taxRate: fc.constantFrom('0', '7', '19', '5.5'),
  }),
  { minLength: 1, maxLength: 12 },
)

test('amounts add up, whatever the lines, and differ from tax that is rounded in each line by no more than is allowed', () => {
  fc.assert(
    fc.property(lines, fc.constantFrom('EUR', 'JPY', 'BHD'), fc.boolean(), (some, currency, pricesIncludeTax) => {
      const { net, tax, gross } = totalsOf(some, currency, pricesIncludeTax)
      expect(net.add(tax).toFixed()).toBe(gross.toFixed())
      const sum = some.reduce((total, one) => total.add(amountOf(one, currency)), exact(0))
      expect((pricesIncludeTax ? gross : net).toFixed()).toBe(sum.toFixed())
      const digits = { EUR: 2, JPY: 0, BHD: 3 }[currency] ?? 2
      const perLine = some.reduce((total, one) => {
        const whole = pricesIncludeTax ? exact(100).add(one.taxRate) : exact(100)
        return total.add(amountOf(one, currency).mul(one.taxRate).div(whole).toDecimalPlaces(digits))
      }, exact(0))
      const about = { currency, lines: some.length, pricesIncludeTax }
      const stated = (value: string) => statedTotals({ net, tax, gross }, { tax: value }, about)
      expect(stated(perLine.toFixed())).toMatchObject({ tax: perLine })
      expect(stated(tax.add(some.length + 1).toFixed())).toHaveProperty('expected')
    }),
  )
})
