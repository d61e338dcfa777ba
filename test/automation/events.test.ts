import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noteLapses } from '../../src/modules/lawfulness/lapses.ts'
import { wholeContact } from '../support/erasure.ts'
import { action, both, type Stage, startStage } from './support.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
  await stage.act(`mutation { createPurpose(input: {
    key: "newsletter", names: [{ language: "en", text: "Newsletter" }], descriptions: [{ language: "en", text: "News" }],
    grounds: [CONSENT, CONTRACT] }) { key } }`)
  // Each rule notes the event in the tags of the contact.
  for (const event of [
    ...['contacts.created', 'contacts.imported', 'contacts.changed'],
    ...['lawfulness.granted', 'lawfulness.lapsed', 'lawfulness.withdrawn', 'orders.placed'],
  ]) {
    await stage.rule({
      name: event,
      events: [event],
      // Not what rules do.
      condition: 'event.actor != "rule"',
      actions: [action('contacts.addTag', { tag: 'event.name' })],
      rights: [both('contacts.*'), both('lawfulness.*'), both('orders.*')],
    })
  }
})
afterAll(() => stage.close())

/** The events that rules heard of. */
async function heard(id: string): Promise<string[]> {
  await stage.settle()
  return (await stage.act('query ($id: ID!) { contact(id: $id) { tags } }', { id })).contact.tags
}

const record = (contactId: string, rest: object = {}) =>
  stage.act('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
    input: { contactId, purpose: 'newsletter', ground: 'CONSENT', ...rest },
  })

test('a contact that is created, with all that belongs to it, is one event', async () => {
  const id = await stage.contact({ givenName: 'Ada', emails: [{ address: 'ada@example.org' }] })
  expect(await heard(id)).toEqual(['contacts.created'])
  expect(
    (await stage.runs({ contact: id })).filter(
      ({ event, outcome }) => event === 'contacts.changed' && outcome === 'DONE',
    ),
  ).toEqual([])
})

test('so is one that is imported', async () => {
  const content = '{"givenName":"Imported","emails":[{"address":"imported@example.org"}]}\n'
  await stage.act('mutation ($input: ImportContactsInput!) { importContacts(input: $input) { created } }', {
    input: { format: 'JSONL', content, source: 'a fair', ground: 'CONSENT' },
  })
  const { contacts } = await stage.act('{ contacts(search: "Imported") { edges { node { id } } } }')
  expect(await heard(contacts.edges[0].node.id)).toEqual(['contacts.imported'])
})

test('a field that changes is an event with its old and its new value, also of what belongs to the contact', async () => {
  await stage.rule({
    name: 'Tells what changed',
    events: ['contacts.changed'],
    condition: 'event.actor == "user" && event.changed.exists(f, f == "title" || f == "address")',
    actions: [
      action('contacts.setField', {
        field: '"jobTitle"',
        value:
          'event.changed[0] + ": " + (has(event.old.title) && event.old.title != null ? event.old.title : "") + " -> " + string(event.new[event.changed[0]])',
      }),
    ],
    rights: [both('contacts.*')],
  })
  const id = await stage.contact({ givenName: 'Ada', title: 'Dr.' })
  await heard(id)
  const update = async (input: object) => {
    const { contact } = await stage.act('query ($id: ID!) { contact(id: $id) { version } }', { id })
    await stage.act('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }', {
      input: { id, version: contact.version, ...input },
    })
    await stage.settle()
    return (await stage.act('query ($id: ID!) { contact(id: $id) { jobTitle } }', { id })).contact.jobTitle
  }
  expect(await update({ title: 'Prof.' })).toBe('title: Dr. -> Prof.')
  expect(await update({ addEmails: [{ address: 'ada@example.org' }] })).toBe('address:  -> ada@example.org')
  expect(await heard(id)).toEqual(['contacts.created', 'contacts.changed'])
})

test('a basis that is granted, withdrawn, or lapses is an event', async () => {
  const granted = await stage.contact({ givenName: 'Granted' })
  await record(granted)
  expect(await heard(granted)).toEqual(['contacts.created', 'lawfulness.granted'])
  await stage.act(
    'mutation ($id: ID!) { withdrawConsent(input: { idempotencyKey: "1", person: { contactId: $id }, purposes: ["newsletter"] }) { token } }',
    {
      id: granted,
    },
  )
  expect(await heard(granted)).toEqual(['contacts.created', 'lawfulness.granted', 'lawfulness.withdrawn'])

  const lapsing = await stage.contact({ givenName: 'Lapsing' })
  await record(lapsing, { ground: 'CONTRACT', validUntil: new Date(Date.now() + 1500).toISOString() })
  const work = { ...stage.engine.work, requestId: randomUUID() }
  await expect.poll(() => noteLapses(work), { timeout: 20_000 }).toBe(1)
  expect(await heard(lapsing)).toEqual(['contacts.created', 'lawfulness.granted', 'lawfulness.lapsed'])
})

test('a rule ends a basis: a consent by its withdrawal, another one by its time', async () => {
  for (const [ground, name] of [
    ['consent', 'Ends consent'],
    ['contract', 'Ends contract'],
  ]) {
    await stage.rule({
      name,
      events: ['orders.placed'],
      condition: `event.data.number == "${ground}" && "newsletter" in basis && basis.newsletter.ground == "${ground}"`,
      actions: [action('lawfulness.endBasis', { purpose: '"newsletter"', ground: `"${ground}"`, source: '"rule"' })],
      rights: [both('lawfulness.basis'), both('orders.orders'), both('contacts.contact')],
    })
  }
  const kinds = async (ground: string) => {
    const id = await stage.contact({ givenName: 'Ending' })
    await record(id, { ground: ground.toUpperCase(), validUntil: null })
    await stage.order(id, ground)
    await stage.settle()
    const contactId = Buffer.from(id, 'base64').toString().split(':')[1] ?? ''
    const events = await stage.app.database.lawfulBasisEvent.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
    const [last] = events.slice(-1)
    return { kinds: events.map(({ kind }) => kind), actor: last?.actorKind, until: last?.validUntil }
  }
  expect(await kinds('consent')).toMatchObject({ kinds: ['given', 'withdrawn'], actor: 'rule' })
  const ended = await kinds('contract')
  expect(ended).toMatchObject({ kinds: ['given', 'renewed'], actor: 'rule' })
  expect(ended.until?.getTime()).toBeLessThan(Date.now() + 2000)
})

test('grounds that rules give when others lapse are a loop, too', async () => {
  const giving = (name: string, purpose: string, next: string) =>
    stage.rule({
      ...{ name, events: ['lawfulness.lapsed'], condition: `event.data.purpose == "${purpose}"` },
      actions: [
        action('lawfulness.recordBasis', {
          ...{ purpose: `"${next}"`, ground: '"contract"', source: '"rule"', validUntil: 'event.at + duration("3s")' },
        }),
      ],
      rights: [both('lawfulness.basis'), both('contacts.contact')],
    })
  await stage.act(`mutation { createPurpose(input: {
    key: "gifts", names: [{ language: "en", text: "Gifts" }], descriptions: [{ language: "en", text: "Gifts" }],
    grounds: [CONTRACT] }) { key } }`)
  const rules = [
    await giving('Gifts for news', 'newsletter', 'gifts'),
    await giving('News for gifts', 'gifts', 'newsletter'),
  ]
  const id = await stage.contact({ givenName: 'Looping' })
  await record(id, { ground: 'CONTRACT', validUntil: new Date(Date.now() + 500).toISOString() })
  const work = { ...stage.engine.work, requestId: randomUUID() }
  const turnsOf = async () => {
    await noteLapses(work)
    await stage.settle()
    return (await stage.runs({ contact: id })).filter(({ rule }) => / for /.test(rule?.name ?? ''))
  }
  await expect.poll(async () => (await turnsOf()).some(({ depth }) => depth === 2), { timeout: 30_000 }).toBe(true)
  const turns = await turnsOf()
  expect(
    turns.map(({ outcome, depth, rule }) => [rule?.name, outcome, depth]).filter(([, one]) => one !== 'NOT_MATCHED'),
  ).toEqual(
    expect.arrayContaining([
      ['Gifts for news', 'DONE', 0],
      ['News for gifts', 'DONE', 1],
      ['Gifts for news', 'LOOP_STOPPED', 2],
    ]),
  )
  expect(await noteLapses(work)).toBe(0)
  for (const rule of rules) await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id: rule })
})

test('no rule takes back what the person withdrew, nor consents without proof', async () => {
  const consenting = (evidence: object) => ({
    ...{ name: `Consents ${JSON.stringify(evidence)}`, events: ['lawfulness.withdrawn', 'orders.placed'] },
    actions: [action('lawfulness.recordBasis', { purpose: '"newsletter"', ground: '"consent"', ...evidence })],
    rights: [both('lawfulness.basis'), both('orders.*'), both('contacts.contact')],
  })
  const create = 'mutation ($input: CreateRuleInput!) { createRule(input: $input) { id } }'
  expect(await stage.refused(create, { input: consenting({}) })).toMatchObject({
    fields: ['actions.0.arguments.evidence'],
  })
  const rule = await stage.rule(consenting({ evidence: '"form " + event.name' }))
  const id = await stage.contact({ givenName: 'Firm' })
  const order = (c = id) => stage.order(c, '1')
  const allowed = async (c = id) => {
    await stage.settle()
    const query = 'query ($id: ID!) { contact(id: $id) { mayProcess(purpose: "newsletter") { allowed } } }'
    return (await stage.act(query, { id: c })).contact.mayProcess.allowed
  }
  await order()
  expect(await allowed()).toBe(true)
  await stage.act(
    'mutation ($id: ID!) { withdrawConsent(input: { idempotencyKey: "2", person: { contactId: $id }, purposes: ["newsletter"] }) { token } }',
    {
      id,
    },
  )
  expect(await allowed()).toBe(false)
  await order()
  expect(await allowed()).toBe(false)
  const runs = await stage.runs({ rule, contact: id })
  expect(runs.map(({ outcome }) => outcome)).toEqual(['FAILED', 'FAILED', 'DONE'])
  expect(runs[0]?.fault).toContain('only fills gaps')
  const asked = await stage.contact({ givenName: 'Asked' })
  await stage.act('mutation ($c: ID!) { refuseLawfulBasis(input: { contactId: $c, purpose: "newsletter" }) { id } }', {
    c: asked,
  })
  await order(asked)
  expect(await allowed(asked)).toBe(false)
  await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id: rule })
})

test('a contact that is merged away is no event; what waited for it fails visibly, and is done once it is back', async () => {
  const rule = await stage.rule({
    ...{ name: 'Marks', events: ['contacts.changed', 'orders.placed'], condition: 'event.actor == "user"' },
    actions: [action('contacts.setField', { field: '"jobTitle"', value: '"marked"' })],
    rights: [both('contacts.*'), both('orders.*')],
  })
  const [target, source] = [await stage.contact({ givenName: 'Stays' }), await stage.contact({ givenName: 'Goes' })]
  await stage.settle()
  const { contact } = await stage.act('query ($id: ID!) { contact(id: $id) { version } }', { id: target })
  await stage.order(source, '1')
  const { mergeContacts } = await stage.act(
    'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { merges { id } } }',
    { input: { targetId: target, version: contact.version, sourceIds: [source] } },
  )
  await stage.settle()
  const ofSource = async () =>
    (await stage.runs({ rule, contact: source }))
      .filter(({ outcome }) => outcome === 'DONE' || outcome === 'FAILED')
      .map(({ event, outcome }) => [event, outcome])
  expect(await ofSource()).toEqual([['orders.placed', 'FAILED']])
  const [run] = await stage.runs({ rule, contact: source })
  expect(run?.fault).toContain('undo the merge')
  await stage.act('mutation ($t: ID!, $m: ID!) { undoMerge(targetId: $t, mergeId: $m) { id } }', {
    ...{ t: target, m: mergeContacts.merges[0].id },
  })
  await stage.act('mutation ($id: ID!) { retryRuleRun(id: $id) { id } }', { id: run?.id })
  await stage.settle()
  expect(await ofSource()).toEqual([['orders.placed', 'DONE']])
  await stage.act('mutation ($id: ID!) { disableRule(id: $id) { id } }', { id: rule })
})

test('an erased contact leaves no run, and is no event', async () => {
  const id = await stage.contact({ givenName: 'Erased', emails: [{ address: 'erased@example.org' }] })
  const contactId = Buffer.from(id, 'base64').toString().split(':')[1] ?? ''
  const { transact } = await import('../../src/database/transact.ts')
  const { contactData } = await import('../../src/modules/contacts/personal-data.ts')
  await transact({ ...stage.engine.work, requestId: randomUUID() }, 'eraseContact', (tx) =>
    contactData.erase(tx, [contactId], wholeContact(), stage.engine.work),
  )
  expect(await stage.app.database.automationRun.count({ where: { contactId } })).toBe(0)
})
