import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Config } from '../../src/config.ts'
import { type Office, openOffice } from '../contacts/lists-support.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

export type Registry = Awaited<ReturnType<typeof openRegistry>>

/** Everything of an event that can be read. */
export const everyField = `
  id kind purpose ground occurredAt recordedAt validFrom validUntil confirmUntil basis specialGround byGuardian despiteObjection
  notice { id version language sha256 } source importId copiedFrom evidenceKind evidence evidenceHash recordedBy { kind name }`

/** An app with a small register of purposes, and short ways to do what these tests do all the time. */
export async function openRegistry(config: Partial<Config> = {}) {
  const office: Office = await openOffice(config)
  const { ask, fail } = office
  const named = (text: string) => [{ language: 'en', text }]
  const purposeInput = ({ key, ...input }: { key: string } & object) => ({
    input: { key, names: named(key), grounds: allGrounds, ...input },
  })
  const createPurpose = (input: { key: string } & object): Promise<Data> =>
    ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', purposeInput(input))
  const mutate = (name: string, type: string) => {
    const query = (selection: string) => `mutation ($input: ${type}!) { ${name}(input: $input)${selection} }`
    return {
      do: async (input: object): Promise<Data> => (await ask(query(` { ${everyField} }`), { input }))[name],
      fail: (input: object): Promise<Data> => fail(query(' { id }'), { input }),
    }
  }
  for (const purpose of register) await createPurpose(purpose)
  const record = mutate('recordLawfulBasis', 'RecordLawfulBasisInput')
  const decide = async (id: string, purpose: string, moments: { at?: string; knownAt?: string } = {}) => {
    const query = `query ($id: ID!, $purpose: String!, $at: DateTime, $knownAt: DateTime) { contact(id: $id) {
      mayProcess(purpose: $purpose, at: $at, knownAt: $knownAt) { allowed reasons { rule events { id } } } } }`
    return (await ask(query, { id, purpose, ...moments })).contact.mayProcess
  }
  let partnerKey: string | undefined
  /** A partner's server, which may record grounds. */
  const partner = async () => {
    partnerKey ??= await newPartner(ask)
    const key = partnerKey
    const confirm = 'mutation ($input: ConfirmLawfulBasisInput!) { confirmLawfulBasis(input: $input)'
    const send = (query: string, input: object) => office.graphql(query, { input }, key)
    const recording = 'mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }'
    return {
      record: async (input: object): Promise<Data> => (await send(recording, input)).data?.recordLawfulBasis,
      confirm: async (input: object): Promise<Data> => {
        const { data, errors } = await send(`${confirm} { ${everyField} } }`, input)
        expect(errors).toBeUndefined()
        return data?.confirmLawfulBasis
      },
      failConfirm: async (input: object): Promise<Data> =>
        (await send(`${confirm} { id } }`, input)).errors?.[0]?.extensions,
    }
  }
  return {
    ...office,
    createPurpose,
    partner,
    record: record.do,
    failRecord: record.fail,
    confirm: mutate('confirmLawfulBasis', 'ConfirmLawfulBasisInput'),
    /** As staff, of a contact: the event that it comes to. */
    withdraw: async ({ contactId, purpose, ...rest }: Data): Promise<Data> => {
      const query =
        'mutation ($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { outcomes { recordPayload } } }'
      const person = { contactId }
      const input = { idempotencyKey: randomUUID(), person, purposes: [purpose], ...rest }
      const { recordPayload } = (await ask(query, { input })).withdrawConsent.outcomes[0]
      const { recordId: id, recordedAt, events } = recordPayload
      return { id, recordedAt, kind: events[0].type.toUpperCase() }
    },
    object: mutate('objectToProcessing', 'RestrictProcessingInput').do,
    refuse: mutate('refuseLawfulBasis', 'RefuseLawfulBasisInput'),
    renew: mutate('renewLawfulBasis', 'RenewLawfulBasisInput'),
    /** A new contact's id. */
    person: async (input: object = {}): Promise<string> => (await office.create({ givenName: 'Ida', ...input })).id,
    /** Whether a contact may be processed, with the rules that decide. */
    rulesOf: async (id: string, purpose: string, moments?: { at?: string; knownAt?: string }) => {
      const { allowed, reasons } = await decide(id, purpose, moments)
      return [allowed, ...reasons.map(({ rule }: Data) => rule)]
    },
    decide,
    /** The names of those who may be processed. */
    listFor: async (purpose: string): Promise<string[]> => {
      const query = 'query ($p: String!) { contacts(lawfulFor: $p, first: 500) { totalCount edges { node { id } } } }'
      const { contacts } = await ask(query, { p: purpose })
      return contacts.edges.map(({ node }: Data) => node.id)
    },
  }
}

async function newPartner(ask: Office['ask']): Promise<string> {
  const input = { name: 'Partner', kind: 'PARTNER' }
  const { createClient } = await ask('mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }', {
    input,
  })
  const scope = 'mutation ($c: ID!) { grantScope(client: $c, right: "lawfulness.*", read: true, write: true) { id } }'
  await ask(scope, { c: createClient.id })
  const made = await ask('mutation ($c: ID!) { createClientKey(client: $c, kind: SECRET) { key } }', {
    c: createClient.id,
  })
  return made.createClientKey.key
}

export const allGrounds = [
  'CONSENT',
  'CONTRACT',
  'LEGAL_OBLIGATION',
  'VITAL_INTERESTS',
  'PUBLIC_TASK',
  'LEGITIMATE_INTERESTS',
]

/** A tree of purposes: marketing with parts, and two that stand alone. */
const register = [
  { key: 'marketing', directMarketing: true },
  { key: 'newsletter', parent: 'marketing', defaultValidity: 'P2Y' },
  { key: 'newsletter.events', parent: 'newsletter' },
  { key: 'phone', parent: 'marketing', grounds: ['CONSENT'], retentionClass: 'telephone-advertising-consent' },
  { key: 'orders', grounds: ['CONTRACT', 'LEGAL_OBLIGATION'] },
  { key: 'analysis' },
  { key: 'analysis.usage', parent: 'analysis' },
  { key: 'allergies', specialCategories: true },
]

const day = 86_400_000

/** This moment, once it is over: whatever happens next is later, though times count milliseconds. */
export async function untilNow(): Promise<string> {
  const now = Date.now()
  while (Date.now() === now) await new Promise((done) => setImmediate(done))
  return new Date(now).toISOString()
}

/** So many days from now, as ISO 8601. */
export const inDays = (days: number): string => new Date(Date.now() + days * day).toISOString()
