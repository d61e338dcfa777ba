import { afterAll, beforeAll, expect, test } from 'vitest'
import { action, both, type Stage, startStage } from './support.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
  await stage.act(`mutation { createRetentionClass(input: {
    key: "orders", names: [{ language: "en", text: "Orders" }], period: "P6Y", start: END_OF_CONTRACT, action: ERASE }) { key } }`)
  await stage.act(`mutation { createPurpose(input: {
    key: "fulfilment", names: [{ language: "en", text: "Fulfilment" }], descriptions: [{ language: "en", text: "To deliver" }],
    grounds: [CONTRACT, CONSENT], retentionClass: "orders" }) { key } }`)
  for (const [key, kind] of [
    ['proof', 'TEXT'],
    ['proven_on', 'DATE'],
    ['order_total', 'DECIMAL'],
  ]) {
    await stage.act('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
      input: {
        ...{ key, kind, labels: [{ language: 'en', text: key }], category: 'customer data' },
        ...{ purpose: 'fulfilment', retentionClass: 'orders' },
      },
    })
  }
})
afterAll(() => stage.close())

const proving = {
  name: 'An order proves the contract',
  events: ['orders.placed'],
  condition: 'event.data.total > 0.0 && !(has(fields.proof))',
  actions: [
    action('fields.set', { key: '"proof"', value: '"order " + event.data.number' }),
    action('fields.set', { key: '"proven_on"', value: 'string(event.data.placedAt).substring(0, 10)' }),
    action('fields.set', { key: '"order_total"', value: 'string(event.data.total)' }),
    action('lawfulness.recordBasis', {
      purpose: '"fulfilment"',
      ground: '"contract"',
      source: '"rule"',
      evidence: '"order " + event.data.number',
      validUntil: 'event.at + duration("8760h")',
    }),
  ],
  rights: [
    both('contacts.contact'),
    both('fields.*'),
    both('lawfulness.basis'),
    { right: 'orders.*', read: true, write: false },
  ],
}

const order = (contactId: string, number: string, unitPrice = '12.5') =>
  stage.act('mutation ($input: CreateOrderInput!) { createOrder(input: $input) { id } }', {
    input: { contactId, number, currency: 'EUR', lines: [{ description: 'Tea', quantity: '1', unitPrice }] },
  })

test('a rule fills a proof field from a placed order, and records the contract as the ground, end to end', async () => {
  await stage.rule(proving)
  const id = await stage.contact({ givenName: 'Ada' })
  await order(id, 'A-7')
  await stage.settle()

  const { contact } = await stage.act(
    `query ($id: ID!) { contact(id: $id) {
      proof: customField(key: "proof") { ... on TextFieldValue { text } }
      day: customField(key: "proven_on") { ... on DateFieldValue { date } }
      total: customField(key: "order_total") { ... on DecimalFieldValue { decimal } }
      mayProcess(purpose: "fulfilment") { allowed reasons { events { recordedBy { kind name } } } }
      history(first: 50) { edges { node { operation entity fields actor { kind name } changes { field new } } } } } }`,
    { id },
  )
  expect(contact).toMatchObject({
    proof: { text: 'order A-7' },
    day: { date: new Date().toISOString().slice(0, 10) },
    total: { decimal: '12.5' },
    mayProcess: {
      allowed: true,
      reasons: [{ events: [{ recordedBy: { kind: 'RULE', name: 'An order proves the contract' } }] }],
    },
  })
  const byRule = contact.history.edges
    .map(({ node }: { node: { actor: { kind: string } } }) => node)
    .filter(({ actor }: { actor: { kind: string } }) => actor.kind === 'RULE')
  expect(byRule).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        entity: 'Contact',
        actor: { kind: 'RULE', name: 'An order proves the contract' },
        changes: [{ field: 'customFields.proof', new: 'order A-7' }],
      }),
      expect.objectContaining({ entity: 'LawfulBasisEvent' }),
    ]),
  )
  await order(id, 'A-8')
  await stage.settle()
  expect((await stage.runs({ contact: id })).map(({ outcome }) => outcome)).toEqual(['NOT_MATCHED', 'DONE'])
})

test('nothing of it happens if a part of it is refused', async () => {
  const { retirePurpose } = await stage.act('mutation { retirePurpose(key: "fulfilment") { key } }')
  expect(retirePurpose).toBeTruthy()
  const id = await stage.contact({ givenName: 'Grace' })
  await order(id, 'B-1')
  await stage.settle()
  const [run] = await stage.runs({ contact: id })
  expect(run).toMatchObject({
    outcome: 'FAILED',
    faultCode: 'INVALID_INPUT',
    fault: expect.stringContaining('purpose'),
  })
  const query = 'query ($id: ID!) { contact(id: $id) { customFields { key } version } }'
  expect((await stage.act(query, { id })).contact).toEqual({ customFields: [], version: 1 })
})

test('a program writes a proof field through the same mutation, under its own rights, and rules hear of it', async () => {
  const { createClient } = await stage.act(
    'mutation { createClient(input: { name: "Shop", kind: AUTOMATION }) { id } }',
  )
  const c = createClient.id
  const grant = (right: string) =>
    stage.act('mutation ($c: ID!, $r: String!) { grantScope(client: $c, right: $r, read: true, write: true) { id } }', {
      ...{ c, r: right },
    })
  await grant('contacts.contact')
  const { createClientKey } = await stage.act(
    'mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key } }',
    { c },
  )
  await stage.rule({
    name: 'Notes what the shop proved',
    events: ['contacts.changed'],
    condition: 'event.actor == "client" && "customFields.proof" in event.changed',
    actions: [action('contacts.addTag', { tag: '"proven: " + string(event.new["customFields.proof"])' })],
    rights: [both('contacts.*'), both('fields.proof')],
  })
  const id = await stage.contact({ givenName: 'Emmy' })
  const write = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { version } }'
  const input = { id, version: 1, customFields: [{ key: 'proof', value: { text: 'form 7' } }] }
  expect(await stage.refused(write, { input }, createClientKey.key)).toMatchObject({ codes: ['FORBIDDEN'] })
  await grant('fields.proof')
  await stage.act(write, { input }, createClientKey.key)
  await stage.settle()
  const { contact } = await stage.act(
    `query ($id: ID!) { contact(id: $id) { tags
      history(first: 5, field: "customFields.proof") { edges { node { actor { kind name } changes { field new } } } } } }`,
    { id },
  )
  expect(contact.tags).toEqual(['proven: form 7'])
  expect(contact.history.edges).toMatchObject([
    { node: { actor: { kind: 'CLIENT', name: 'Shop' }, changes: [{ field: 'customFields.proof', new: 'form 7' }] } },
  ])
})

test('a document that is added to a contact is heard of by its field: a reference, and a file', async () => {
  await stage.act(`mutation { createPurpose(input: {
    key: "contracts", names: [{ language: "en", text: "Contracts" }], grounds: [CONTRACT] }) { key } }`)
  for (const [key, kind] of [
    ['contract_copy', 'DOCUMENT'],
    ['contract_scan', 'FILE'],
  ]) {
    await stage.act('mutation ($input: DefineFieldInput!) { defineField(input: $input) { key } }', {
      input: {
        ...{ key, kind, labels: [{ language: 'en', text: key }], category: 'customer data' },
        ...{ purpose: 'contracts', retentionClass: 'orders' },
      },
    })
    await stage.rule({
      name: `Hears of ${key}`,
      events: ['contacts.changed'],
      condition: `"customFields.${key}" in event.changed`,
      actions: [action('contacts.addTag', { tag: `"has ${key}"` })],
      rights: [both('contacts.*'), both('fields.*')],
    })
  }
  const id = await stage.contact({ givenName: 'Grace' })
  const file = {
    name: 'contract.pdf',
    mediaType: 'application/pdf',
    content: Buffer.from('%PDF-').toString('base64'),
  }
  const change = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { version } }'
  for (const [version, customField] of [
    { key: 'contract_copy', value: { text: 'dms:4711' } },
    { key: 'contract_scan', value: { file } },
  ].entries()) {
    const { contact } = await stage.act('query ($id: ID!) { contact(id: $id) { version } }', { id })
    await stage.act(change, { input: { id, version: contact.version, customFields: [customField] } })
    await stage.settle()
    const { contact: changed } = await stage.act('query ($id: ID!) { contact(id: $id) { tags } }', { id })
    expect(changed.tags).toHaveLength(version + 1)
    expect(changed.tags).toContain(`has ${customField.key}`)
  }
})

test('a document, a new version of it and an appointment are heard of, by whoever may read them', async () => {
  const heard = (name: string, event: string, tag: string, rights: string[]) =>
    stage.rule({
      ...{ name, events: [event], actions: [action('contacts.addTag', { tag })] },
      rights: [both('contacts.*'), ...rights.map(both)],
    })
  await heard('Added', 'documents.added', '"added " + event.data.title', ['documents.documents'])
  await heard('Version', 'documents.versionAdded', '"version " + string(event.data.latestVersion)', [
    'documents.documents',
  ])
  await heard('Invited', 'calendar.created', '"meets: " + event.data.title + " " + event.data.role', [
    'calendar.participants',
    'calendar.title',
  ])
  const [first, second] = [await stage.contact({ givenName: 'Ida' }), await stage.contact({ givenName: 'Eva' })]
  const send = async (url: string): Promise<string> => {
    const body = Buffer.from(`%PDF-1.7\n% ${url}\n%%EOF\n`)
    const headers = { authorization: `Bearer ${stage.token}`, 'content-length': String(body.length) }
    const answer = await stage.app.app.fetch(new Request(url, { method: 'POST', headers, body }))
    return (await answer.json()).document.id
  }
  const { createDocumentUpload } = await stage.act(
    `mutation ($c: ID!) { createDocumentUpload(input: { title: "Offer", type: "contract", contacts: [$c] }) { url } }`,
    { c: first },
  )
  const document = await send(createDocumentUpload.url)
  const { createDocumentVersionUpload } = await stage.act(
    'mutation ($d: ID!) { createDocumentVersionUpload(document: $d) { url } }',
    { d: document },
  )
  await send(createDocumentVersionUpload.url)
  await stage.act('mutation ($d: ID!, $c: ID!) { linkDocument(document: $d, contact: $c) { id } }', {
    ...{ d: document, c: second },
  })
  await stage.act(
    `mutation ($c: ID!) { createAppointment(input: {
      title: "Talk", begin: "2026-03-27", end: "2026-03-28", contacts: [{ contactId: $c }] }) { id } }`,
    { c: first },
  )
  await stage.settle()
  const tagsOf = async (id: string): Promise<string[]> =>
    (await stage.act('query ($id: ID!) { contact(id: $id) { tags } }', { id })).contact.tags
  expect((await tagsOf(first)).toSorted()).toEqual(['added Offer', 'meets: Talk required', 'version 2'])
  expect(await tagsOf(second)).toEqual(['added Offer'])
})
