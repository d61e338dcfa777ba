import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { openMessage } from '../../src/mail/outbox.ts'
import { hashToken } from '../../src/modules/identity/sign-in/sessions.ts'
import type { Mailroom } from './support.ts'

export const site = 'Beispielladen'

const keys = new WeakMap<Mailroom, Promise<string>>()

/** The key of a partner's server, which asks for consent. */
function partnerOf(room: Mailroom): Promise<string> {
  const known = keys.get(room) ?? newPartner(room)
  keys.set(room, known)
  return known
}

async function newPartner({ ask: act }: Mailroom): Promise<string> {
  const input = { name: site, kind: 'PARTNER', origins: ['https://shop.example'] }
  const creation = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }'
  const { id } = (await act(creation, { input })).createClient
  for (const right of ['consent.consents', 'consent.purpose.newsletter', 'consent.purpose.surveys']) {
    const grant =
      'mutation ($c: ID!, $r: String!, $read: Boolean) { grantScope(client: $c, right: $r, read: $read, write: true) { id } }'
    await act(grant, { c: id, r: right, read: right === 'consent.consents' })
  }
  const made = await act('mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key } }', { c: id })
  return made.createClientKey.key
}

/** A partner asks for somebody's consent: a mail with a link is queued. Returns the link. */
export async function ask(
  room: Mailroom,
  purposes: readonly string[],
  { to = `${randomUUID()}@example.org`, language = 'de' }: { to?: string; language?: 'de' | 'en' } = {},
): Promise<string> {
  const choices = purposes.map((purpose) => ({
    purpose,
    ...(purpose === 'newsletter' && { notice: { version: 1, language } }),
  }))
  const input = {
    ...{ idempotencyKey: randomUUID(), person: { email: to }, purposes: choices, language },
    page: 'https://shop.example/join',
  }
  const mutation =
    'mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { outcomes { state error { code } } } }'
  const { data, errors } = await room.tell(mutation, { input }, await partnerOf(room))
  expect(errors).toBeUndefined()
  expect(data.giveConsent.outcomes).toEqual(purposes.map(() => ({ state: 'PENDING_CONFIRMATION', error: null })))
  const rows = await room.database.outgoingMail.findMany({
    where: { requestId: { not: null } },
    orderBy: { id: 'desc' },
  })
  const mails = rows.flatMap(({ id, message }) => (message ? [openMessage(room.work().secrets, { id, message })] : []))
  return mails.find((mail) => mail.to === to)?.text.match(/^https:.*$/m)?.[0] ?? ''
}

/** As if the link had been there for longer than it works. */
export const expire = (room: Mailroom, url: string) =>
  room.database.requestLink.update({
    where: { tokenHash: hashToken(new URL(url).searchParams.get('t') ?? '') },
    data: { expiresAt: new Date(Date.now() - 1) },
  })
