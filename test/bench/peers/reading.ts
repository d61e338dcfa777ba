import type { Answer, Contest, Question } from './contest.ts'
import type { World } from './world.ts'

// Reading contacts with five custom fields, contact points and two consents.

const lethesFields = `id displayName
  customFields { key ... on TextFieldValue { text } ... on IntegerFieldValue { integer } ... on DateFieldValue { date }
    ... on BooleanFieldValue { boolean } ... on ChoiceFieldValue { choice } }
  emails { address label } phones { number label }
  lawfulness { bases { purpose ground validFrom validUntil } }`

const lethes = ({ tokens }: World, query: string, variables: object = {}): Question => ({
  path: '/graphql',
  headers: { authorization: `Bearer ${tokens.reader}` },
  body: { query, variables },
})

const postgraphilesFields = `contactId displayName customFields
  contactPointsByContactIdList(orderBy: [IS_PRIMARY_DESC, ROW_ID_ASC]) { kind value label }
  lawfulBasisPeriodsByContactIdList(condition: { isValid: true }, orderBy: [PURPOSE_KEY_ASC]) { purposeKey ground validFrom validUntil }`

const postgraphiles = (query: string, variables: object = {}): Question => ({
  path: '/graphql',
  body: { query, variables },
})

/** A page of a list, as a client of CRM staff asks for it. */
export const list: Contest = {
  name: 'list',
  title: 'List of 50 contacts',
  questions: async (world) => ({
    limit: [{ path: '/list', body: {} }],
    postgraphile: [
      postgraphiles(`query List { allContactsList(first: 50, condition: { mergedIntoId: null },
        orderBy: [DISPLAY_NAME_ASC, CONTACT_ID_ASC]) { ${postgraphilesFields} } }`),
    ],
    lethe: [lethes(world, `query List { contacts(first: 50) { edges { node { ${lethesFields} } } } }`)],
  }),
  normalise: {
    limit: (answer) => answer.map(ofLimit),
    postgraphile: ({ data }) => data.allContactsList.map(ofPostgraphile),
    lethe: ({ data }) => data.contacts.edges.map(({ node }: Answer) => ofLethe(node)),
  },
  goals: [
    { against: 'postgraphile', atLeast: 1.2 },
    { against: 'limit', atLeast: 0.55 },
  ],
}

/** One contact, as its page in such a client asks for it. */
export const byId: Contest = {
  name: 'byId',
  title: 'One contact by its id',
  questions: async (world) => ({
    limit: world.contactIds.map((id) => ({ path: '/contact', body: { id } })),
    postgraphile: world.contactIds.map((id) =>
      postgraphiles(`query One($id: UUID!) { contactByContactId(contactId: $id) { ${postgraphilesFields} } }`, { id }),
    ),
    lethe: world.contactIds.map((id) =>
      lethes(world, `query One($id: ID!) { contact(id: $id) { ${lethesFields} } }`, { id: globalId(id) }),
    ),
  }),
  normalise: {
    limit: ofLimit,
    postgraphile: ({ data }) => ofPostgraphile(data.contactByContactId),
    lethe: ({ data }) => ofLethe(data.contact),
  },
  goals: [{ against: 'postgraphile', atLeast: 1.2 }],
}

const globalId = (id: string) => Buffer.from(`Contact:${id}`).toString('base64')

const moment = (text: string | null) => text && new Date(text).toISOString()

function ofLimit({ points, consents, ...contact }: Answer) {
  return {
    ...contact,
    ...byKind(points ?? []),
    consents: consents.map(({ from, until, ...more }: Answer) => ({
      ...more,
      from: moment(from),
      until: moment(until),
    })),
  }
}

function ofPostgraphile(contact: Answer) {
  return {
    id: contact.contactId,
    displayName: contact.displayName,
    customFields: contact.customFields,
    ...byKind(contact.contactPointsByContactIdList),
    consents: contact.lawfulBasisPeriodsByContactIdList.map((one: Answer) => ({
      purpose: one.purposeKey,
      ground: one.ground.toLowerCase(),
      from: moment(one.validFrom),
      until: moment(one.validUntil),
    })),
  }
}

function ofLethe({ id, displayName, customFields, emails, phones, lawfulness }: Answer) {
  return {
    id: Buffer.from(id, 'base64').toString().replace('Contact:', ''),
    displayName,
    customFields: Object.fromEntries(
      customFields.map(({ key, ...value }: Answer) => [key, Object.values(value)[0]] as const),
    ),
    emails: emails.map(({ address, label }: Answer) => ({ value: address, label: label ?? '' })),
    phones: phones.map(({ number, label }: Answer) => ({ value: number, label: label ?? '' })),
    consents: lawfulness.bases.map((one: Answer) => ({
      purpose: one.purpose,
      ground: one.ground.toLowerCase(),
      from: moment(one.validFrom),
      until: moment(one.validUntil),
    })),
  }
}

function byKind(points: Answer[]) {
  const of = (wanted: string) =>
    points.filter(({ kind }) => kind === wanted).map(({ value, label }) => ({ value, label }))
  return { emails: of('email'), phones: of('phone') }
}
