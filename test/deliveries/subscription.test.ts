import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { transact } from '../../src/database/transact.ts'
import { listen as serveApp } from '../../src/http/server.ts'
import { cursorAt } from '../../src/modules/deliveries/feed/cursor.ts'
import { mostStreams } from '../../src/modules/deliveries/feed/feed.ts'
import { hooksOf } from '../../src/modules/hooks.ts'
import { modules } from '../../src/modules/index.ts'
import { appendEvents } from '../../src/modules/lawfulness/basis/append.ts'
import { readPurposes } from '../../src/modules/lawfulness/basis/project.ts'
import { ownerOf, withClient } from '../support/database.ts'
import { listen } from './listener.ts'
import { type Stage, startStage, uuidIn } from './support.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

const fields = 'cursor contactId kind purpose ground valid since until occurredAt recordedAt'

const subscribe = (options: Partial<Parameters<typeof listen>[1]> = {}) =>
  listen(stage.url, { ca: stage.ca, token: stage.token, ...options })

const revoking =
  'mutation ($r: ID!) { revokeRight(role: $r, right: "deliveries.changes", read: true, write: true) { id } }'

test('a subscriber hears of changes as they happen, by POST or GET, HTTP/1.1 or HTTP/2', async () => {
  const listeners = await Promise.all([
    subscribe(),
    subscribe({ get: true }),
    subscribe({ http: 2 }),
    subscribe({ http: 2, get: true }),
  ])
  const contact = await stage.contact()
  await stage.give(contact, 'newsletter', { validUntil: '2099-01-01T00:00:00Z' })
  await stage.object(contact, 'marketing')
  for (const { until, changes, drop, status } of listeners) {
    await until(() => changes.length === 4)
    expect(status).toBe(200)
    expect(changes[0]).toMatchObject({
      ...{ contactId: contact, kind: 'GIVEN', purpose: 'newsletter', ground: 'consent', valid: true },
      ...{ since: expect.any(String), until: '2099-01-01T00:00:00.000Z' },
    })
    expect(
      changes
        .slice(1)
        .map(({ kind, purpose }) => `${kind} ${purpose}`)
        .sort(),
    ).toEqual(['OBJECTED marketing', 'OBJECTED newsletter', 'OBJECTED offers'])
    expect(changes).toEqual(listeners[0]?.changes)
    drop()
  }
})

test('it beats while nothing happens, and lasts longer than a request may', async () => {
  const short = await startStage(undefined, { timeout: 3000 })
  // In tests it beats every 300 milliseconds.
  const { beats, until, drop, completed } = await listen(short.url, { ca: short.ca, token: short.token })
  await until(() => beats() >= 12)
  expect(completed()).toBe(false)
  drop()
  await short.close()
})

test('through drops of the connection, a thousand changes are there once each and in one order', async () => {
  const start = await subscribe()
  const contact = await stage.contact()
  await stage.give(contact, 'support')
  await start.until(() => start.changes.length > 0)
  let after = start.changes.at(-1)?.cursor
  start.drop()
  const importing = stage.importMany(1000)
  const heard: { id: string; cursor: string }[] = []
  let drops = 0
  while (heard.length < 1000) {
    const { changes, until, drop } = await subscribe({ after, http: drops % 2 === 0 ? 1 : 2, purposes: ['newsletter'] })
    const enough = Math.min(1 + ((drops * 137) % 400), 1000 - heard.length)
    await until(() => changes.length >= enough)
    drop()
    heard.push(...changes)
    after = changes.at(-1)?.cursor
    drops++
  }
  await importing
  expect(drops).toBeGreaterThan(2)
  expect(new Set(heard.map(({ id }) => id)).size).toBe(1000)
  const all = await subscribe({ after: start.changes.at(-1)?.cursor, purposes: ['newsletter'] })
  await all.until(() => all.changes.length === 1000)
  expect(all.changes.map(({ id }) => id)).toEqual(heard.map(({ id }) => id))
  all.drop()
})

test('where one server stopped, another goes on', async () => {
  const { config, database, work } = stage
  const { log, secrets, keys, ledger } = work
  const notifications = await listenToDatabase(config.databaseUrl ?? '', log)
  const other = createApp({ config, database, log, secrets, keys, ledger, notifications })
  const server = await serveApp(other, config, log)
  other.listensAt(server)
  const stopping = await listen(server.url, { ca: server.certificate.cert, token: stage.token })
  const contact = await stage.contact()
  await stage.give(contact, 'support')
  await stopping.until(() => stopping.changes.length === 1)
  other.close()
  await stopping.ended
  expect(stopping.completed()).toBe(true)
  await server.close()
  await other.finish()
  await notifications.close()
  await stage.object(contact, 'support')
  const next = await subscribe({ after: stopping.changes[0]?.cursor, purposes: ['support'] })
  await stage.give(await stage.contact(), 'support')
  await next.until(() => next.changes.length === 2)
  expect(next.changes.map(({ kind }) => kind)).toEqual(['OBJECTED', 'GIVEN'])
  next.drop()
})

test('what is committed late is not passed over, and those about one contact come in their order', async () => {
  const listener = await subscribe()
  const late = await stage.contact()
  const early = await stage.contact()
  const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>()
  const { promise: written, resolve: hasWritten } = Promise.withResolvers<void>()
  // Within one transaction, which takes as long as we like.
  const give = (contact: string, before: () => Promise<void> = async () => undefined) => {
    const work = { ...stage.work, ...hooksOf(modules), requestId: randomUUID() }
    return transact(work, 'recordLawfulBasis', async (tx) => {
      const now = new Date()
      const event = { contactId: uuidIn(contact), kind: 'given', purposeKey: 'support', ground: 'consent' } as const
      await appendEvents(tx, work, [{ ...event, occurredAt: now, validFrom: now }], await readPurposes(tx))
      await before()
    })
  }
  const slow = give(late, () => {
    hasWritten()
    return mayCommit
  })
  await written
  await give(early)
  await give(early)
  await listener.until(() => listener.changes.length === 2)
  commit()
  await slow
  await listener.until(() => listener.changes.length === 3)
  expect(listener.changes.map(({ contactId }) => contactId)).toEqual([early, early, late])
  const again = await subscribe({ after: listener.changes[0]?.cursor, purposes: ['support'] })
  await again.until(() => again.changes.length === 2)
  expect(again.changes).toEqual(listener.changes.slice(1))
  listener.drop()
  again.drop()
})

test('rights that are taken away end it within two seconds, and what is unseen is not told', async () => {
  const { token, role } = await stage.user(['deliveries.changes'], ['support'])
  const bound = await subscribe({ token })
  const unseen = await stage.contact()
  await stage.give(unseen, 'newsletter')
  const seen = await stage.contact()
  await stage.give(seen, 'support')
  await bound.until(() => bound.changes.length > 0)
  expect(bound.changes.map(({ contactId }) => contactId)).toEqual([seen])

  const revoke =
    'mutation ($r: ID!) { revokeRight(role: $r, right: "deliveries.changes", read: true, write: true) { id } }'
  await stage.ask(revoke, { r: role })
  const revokedAt = Date.now()
  await bound.ended
  expect(Date.now() - revokedAt).toBeLessThan(2500)
  expect(bound.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN'])
  expect(bound.completed()).toBe(true)
})

test('who is bound to purposes is told that it ended for a contact that they saw, and no more', async () => {
  const { token } = await stage.user(['deliveries.changes', 'contacts.*'], ['newsletter', 'offers'])
  const selection = `${fields} contact { id }`
  const bound = await subscribe({ token, selection })
  const [both, one, never] = [await stage.contact(), await stage.contact(), await stage.contact()]
  await stage.give(both, 'newsletter')
  await stage.give(both, 'offers')
  await stage.give(one, 'newsletter')
  await bound.until(() => bound.changes.length === 3)
  // What they didn't see doesn't become known by its end, nor by an end of what was no more.
  await stage.give(never, 'support')
  await stage.object(never, 'newsletter')
  await stage.object(never, 'support')
  await stage.withdraw(both, 'offers') // They see it still, for the newsletter.
  await stage.withdraw(one, 'marketing')
  await stage.withdraw(one, 'newsletter')
  await stage.withdraw(both, 'newsletter')
  await bound.until(() => bound.changes.length >= 6)
  const [offers, ended, last] = bound.changes.slice(3)
  expect(offers).toMatchObject({ contactId: both, kind: 'WITHDRAWN', purpose: 'offers', contact: { id: both } })
  const nothing = { kind: null, ground: null, valid: false, until: null, contact: null }
  expect(ended).toMatchObject({ contactId: one, purpose: 'newsletter', ...nothing })
  expect(last).toMatchObject({ contactId: both, purpose: 'newsletter', ...nothing })
  expect([ended.since, ended.occurredAt]).toEqual([ended.recordedAt, ended.recordedAt])

  // Who comes later hears the same, as far as they saw it then.
  const again = await subscribe({ token, selection, after: bound.changes[2].cursor })
  await again.until(() => again.changes.length >= 2)
  const sentinel = await stage.contact()
  await stage.give(sentinel, 'newsletter')
  const told = ({ changes }: typeof again) => changes.map(({ contactId, kind }) => [contactId, kind])
  await Promise.all([bound, again].map((each) => each.until(() => told(each).some(([id]) => id === sentinel))))
  expect(told(bound).slice(3)).toEqual([
    [both, 'WITHDRAWN'],
    [one, null],
    [both, null],
    [sentinel, 'GIVEN'],
  ])
  expect(told(again)).toEqual([
    [both, null],
    [one, null],
    [both, null],
    [sentinel, 'GIVEN'],
  ])
  bound.drop()
  again.drop()

  // Who is bound to something else hears nothing of it.
  const other = await stage.user(['deliveries.changes'], ['support'])
  const foreign = await subscribe({ token: other.token, after: offers.cursor })
  const supported = await stage.contact()
  await stage.give(supported, 'support')
  await foreign.until(() => foreign.changes.length > 0)
  expect(told(foreign)).toEqual([[supported, 'GIVEN']])
  foreign.drop()
})

test('events have names, by which a client goes on that connects anew by itself', async () => {
  const first = await subscribe({ get: true })
  const contact = await stage.contact()
  await stage.give(contact, 'support')
  await stage.give(contact, 'newsletter')
  await first.until(() => first.changes.length === 2)
  expect(first.ids).toEqual(first.changes.map(({ cursor }) => cursor))
  first.drop()
  await stage.object(contact, 'support')
  const without = await subscribe({
    get: true,
    after: first.ids[0] ?? '',
    lastEventId: first.ids[1] ?? '',
    selection: 'kind',
  })
  await without.until(() => without.changes.length === 1)
  expect(without.changes).toEqual([{ kind: 'OBJECTED' }])
  expect(without.ids.length).toBe(1)
  without.drop()
})

test('a cursor from before a backup was restored is refused, and what listens meanwhile ends', async () => {
  const restored = await startStage()
  const as = { ca: restored.ca, token: restored.token }
  const before = await listen(restored.url, as)
  await restored.give(await restored.contact(), 'support')
  await before.until(() => before.changes.length === 1)
  // The log goes on as another epoch, as it does when a checkpoint outside is newer than the database.
  await withClient(ownerOf(restored.config.databaseUrl ?? ''), (client) =>
    client.query(`
      CREATE FUNCTION another_epoch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.epoch := 2; RETURN NEW; END $$;
      CREATE TRIGGER another_epoch BEFORE UPDATE ON audit_sequencer FOR EACH ROW EXECUTE FUNCTION another_epoch();
      UPDATE audit_sequencer SET epoch = 2`),
  )
  await before.ended
  const after = await listen(restored.url, { ...as, after: before.changes[0].cursor })
  await after.ended
  for (const { errors } of [before, after])
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['CURSOR_LOST'])
  const anew = await listen(restored.url, as)
  await restored.give(await restored.contact(), 'support')
  await anew.until(() => anew.changes.length === 1)
  anew.drop()
  await restored.close()
})

test('a session that ends, and a key that is revoked, end what they listen to', async () => {
  const { token } = await stage.user(['deliveries.changes'])
  const person = await subscribe({ token })
  const scope = 'mutation ($c: ID!) { grantScope(client: $c, right: "deliveries.changes", read: true) { id } }'
  await stage.ask(scope, { c: stage.client })
  const making = 'mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key clientKey { id } } }'
  const { key, clientKey } = (await stage.ask(making, { c: stage.client })).createClientKey
  const program = await subscribe({ token: key })
  const contact = await stage.contact()
  await stage.give(contact, 'support')
  await person.until(() => person.changes.length === 1)
  await program.until(() => program.changes.length === 1)
  await stage.ask('mutation { signOut }', {}, token)
  await stage.ask('mutation ($id: ID!) { revokeClientKey(id: $id) { id } }', { id: clientKey.id })
  await Promise.all([person.ended, program.ended])
  const codes = [...person.errors, ...program.errors].map(({ extensions }) => extensions.code)
  expect(codes).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED'])
})

test('who may not listen, gives no cursor of ours, or has too many open is refused', async () => {
  const code = async (options: Parameters<typeof subscribe>[0]) => {
    const { errors, ended } = await subscribe(options)
    await ended
    return errors[0]?.extensions.code
  }
  const { token } = await stage.user(['contacts.*'])
  expect(await code({ token })).toBe('FORBIDDEN')
  await expect
    .poll(
      async () =>
        (await stage.database.systemAuditEntry.findMany({ where: { action: 'refused', operation: 'consentChanges' } }))
          .length,
    )
    .toBe(1)
  expect(await code({ after: 'nonsense' })).toBe('BAD_CURSOR')
  expect(await code({ after: Buffer.from('change 999999999').toString('base64url') })).toBe('BAD_CURSOR')
  expect(await code({ after: cursorAt({ epoch: 1, position: 999_999_999n }) })).toBe('CURSOR_LOST')
  const open = await Promise.all(Array.from({ length: mostStreams.ofCaller }, () => subscribe()))
  expect(await code({})).toBe('LIMIT_EXCEEDED')
  for (const { drop } of open) drop()
  // Their places are free again, once the server knows that they have gone.
  await expect.poll(() => code({ after: 'nonsense' })).toBe('BAD_CURSOR')
  await expect
    .poll(
      async () => {
        const one = await subscribe()
        const found = await Promise.race([
          one.ended.then(() => one.errors[0]?.extensions.code),
          one.until(() => one.beats() > 0),
        ])
        one.drop()
        return found
      },
      { timeout: 5000 },
    )
    .toBeUndefined()
})

test('the fields of a change have their own rights', async () => {
  const { token } = await stage.user(['deliveries.changes'])
  const listener = await subscribe({ token, selection: 'id contact { id }' })
  await stage.give(await stage.contact(), 'support')
  await listener.until(() => listener.changes.length === 1)
  expect(listener.changes[0].contact).toBeNull()
  expect(listener.errors.map(({ extensions }) => extensions)).toMatchObject([
    { code: 'FORBIDDEN', right: 'contacts.contact' },
  ])
  listener.drop()
})

test('for who reads slowly nothing is read ahead: what is left when the rights go is not sent', async () => {
  const { token, role } = await stage.user(['deliveries.changes'])
  const first = await stage.database.consentChange.findFirstOrThrow({ orderBy: { position: 'asc' } })
  const many = await stage.database.consentChange.count()
  expect(many).toBeGreaterThan(1000)
  // Several kilobytes each.
  const selection = Array.from({ length: 90 }, (_, index) => `i${index}: id`).join(' ')
  const after = cursorAt({ epoch: 1, position: first.position ?? 0n })
  const listener = await subscribe({ token, after, selection })
  await listener.until(() => listener.changes.length > 0)
  listener.pause()
  await stage.ask(revoking, { r: role })
  listener.resume()
  await listener.ended
  expect(listener.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN'])
  expect(listener.changes.length).toBeLessThan(many - 1)
})

test('a server that stops ends what is listened to, and says so', async () => {
  const other = await startStage()
  const one = await listen(other.url, { ca: other.ca, token: other.token })
  const two = await listen(other.url, { ca: other.ca, token: other.token, http: 2 })
  const stopping = Date.now()
  await other.close()
  await Promise.all([one.ended, two.ended])
  expect([one.completed(), two.completed()]).toEqual([true, true])
  expect(Date.now() - stopping).toBeLessThan(1900) // The grace period of tests is two seconds.
})
