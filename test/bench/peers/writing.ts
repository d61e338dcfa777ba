import { randomUUID } from 'node:crypto'
import type { Contest, Question } from './contest.ts'
import type { World } from './world.ts'

// Writing: a contact, and a consent that a partner's server brings. Lethe seals and logs it, checks rights, limits and the law, and has
// PostgreSQL guard it. The limit writes the very rows that Lethe wrote for the same call, by `pg` in one transaction, under the same guards
// (servers/rows.ts); but for the key's, which stands in another database. PostGraphile makes the main rows, by one plain mutation each, with no log and
// past the guards, which would refuse that.

const person = { givenName: 'Ada', familyName: 'Alt' }
const address = '{{uuid}}@example.org'

/** A contact with a name and an e-mail address. */
export const create: Contest = {
  name: 'create',
  title: 'A contact is entered',
  questions: async (world) => {
    const input = (email: string) => ({ ...person, emails: [{ address: email }] })
    const query = 'mutation Create($input: CreateContactInput!) { createContact(input: $input) { id displayName } }'
    const { createContact } = await world.ask(query, { input: input(`${randomUUID()}@example.org`) })
    return {
      limit: [{ path: '/rows', body: { like: uuidOf(createContact.id) } }],
      postgraphile: [
        postgraphiles(
          `mutation Create($id: UUID!, $point: UUID!, $email: String!) {
            createContact(input: { contact: { ${contact} } }) { contact { displayName } }
            createContactPoint(input: { contactPoint: { ${point} } }) { clientMutationId } }`,
          { id: '{{uuid}}', point: '{{uuid}}', email: address },
        ),
      ],
      lethe: [lethes(world.tokens.admin, query, { input: input(address) })],
    }
  },
  normalise: {
    limit: ({ displayName }) => displayName,
    postgraphile: ({ data }) => data.createContact.contact.displayName,
    lethe: ({ data }) => data.createContact.displayName,
  },
  goals: [{ against: 'limit', atLeast: 0.5 }],
}

/** Consent of somebody new, with evidence, from a partner's server; Lethe answers when it is in the tree of the log. */
export const give: Contest = {
  name: 'give',
  title: 'A consent is given',
  questions: async (world) => {
    const key = await partner(world)
    const query = `mutation Give($input: GiveConsentInput!) {
      giveConsent(input: $input) { token outcomes { purpose state } } }`
    const input = (idempotencyKey: string, email: string) => ({
      idempotencyKey,
      person: { email },
      purposes: [{ purpose: 'newsletter' }],
      evidence: { kind: 'FORM', text: 'Form 17, ticked at the counter.' },
    })
    const email = `${randomUUID()}@example.org`
    await world.ask(query, { input: input(randomUUID(), email) }, key)
    const { contacts } = await world.ask(
      'query ($email: String!) { contacts(filter: { emails: { address: { equals: $email } } }) { edges { node { id } } } }',
      { email },
    )
    return {
      limit: [{ path: '/rows', body: { like: uuidOf(contacts.edges[0].node.id) } }],
      postgraphile: [
        postgraphiles(
          `mutation Give($id: UUID!, $point: UUID!, $event: UUID!, $period: UUID!, $email: String!) {
            createContact(input: { contact: { ${contact} } }) { clientMutationId }
            createContactPoint(input: { contactPoint: { ${point} } }) { clientMutationId }
            createLawfulBasisEvent(input: { lawfulBasisEvent: { contactId: $id, rowId: $event, kind: given, purposeKey: "newsletter",
              ground: consent, occurredAt: "2026-01-01T00:00:00Z", validFrom: "2026-01-01T00:00:00Z", source: "Shop",
              evidenceKind: form, actorKind: "client" } }) { clientMutationId }
            createLawfulBasisPeriod(input: { lawfulBasisPeriod: { contactId: $id, rowId: $period, purposeKey: "newsletter", ground: consent,
              isValid: true, validFrom: "2026-01-01T00:00:00Z", eventId: $event, givenAt: "2026-01-01T00:00:00Z" } }) {
              lawfulBasisPeriod { purposeKey } } }`,
          { id: '{{uuid}}', point: '{{uuid}}', event: '{{uuid}}', period: '{{uuid}}', email: address },
        ),
      ],
      lethe: [lethes(key, query, { input: input('{{uuid}}', address) })],
    }
  },
  normalise: {
    limit: ({ purpose }) => purpose,
    postgraphile: ({ data }) => data.createLawfulBasisPeriod.lawfulBasisPeriod.purposeKey,
    lethe: ({ data }) => data.giveConsent.outcomes[0].purpose,
  },
  goals: [{ against: 'limit', atLeast: 0.4 }],
  // An answer comes up to a second later: so many have to wait at once.
  connections: 64,
}

const contact = 'contactId: $id, givenName: "Ada", familyName: "Alt", displayName: "Ada Alt"'
const point = 'contactId: $id, rowId: $point, kind: "email", value: $email, isPrimary: true'

const lethes = (token: string, query: string, variables: object): Question => ({
  path: '/graphql',
  headers: { authorization: `Bearer ${token}` },
  body: { query, variables },
})

const postgraphiles = (query: string, variables: object): Question => ({ path: '/graphql', body: { query, variables } })

const uuidOf = (id: string) => Buffer.from(id, 'base64').toString().replace('Contact:', '')

/** A partner's server that may ask for consent; its key. */
export async function partner({ ask }: World): Promise<string> {
  const { createClient } = await ask(
    'mutation { createClient(input: { name: "Shop", kind: PARTNER, origins: [] }) { id } }',
  )
  for (const right of ['consent.consents', 'consent.purpose.newsletter', 'consent.attest']) {
    const read = right === 'consent.purpose.newsletter' ? '' : 'read: true, '
    await ask(`mutation { grantScope(client: "${createClient.id}", right: "${right}", ${read}write: true) { id } }`)
  }
  const { createClientKey } = await ask(
    `mutation { createClientKey(client: "${createClient.id}", kind: SECRET) { key } }`,
  )
  return createClientKey.key
}
