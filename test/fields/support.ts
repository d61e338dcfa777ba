import { expect } from 'vitest'
import { openOffice } from '../contacts/lists-support.ts'

export type FieldOffice = Awaited<ReturnType<typeof openFieldOffice>>

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

/** What every definition has to say. */
export const classified = { category: 'customer data', purpose: 'sales', retentionClass: 'sales' }

/** Every value, as GraphQL shows it. */
export const values = `
  __typename key
  ... on TextFieldValue { text } ... on LongTextFieldValue { longText: text } ... on IntegerFieldValue { integer }
  ... on DecimalFieldValue { decimal } ... on MoneyFieldValue { amount currency } ... on BooleanFieldValue { boolean }
  ... on DateFieldValue { date } ... on DateTimeFieldValue { dateTime } ... on EmailFieldValue { email }
  ... on PhoneFieldValue { phone } ... on UrlFieldValue { url } ... on CountryFieldValue { country }
  ... on ChoiceFieldValue { choice choiceLabel(language: "de") } ... on ChoicesFieldValue { choices }
  ... on DocumentFieldValue { document } ... on FileFieldValue { name mediaType size sha256 content }`

/** An app with a purpose and a retention class, and short ways to define fields and to fill them. */
export async function openFieldOffice() {
  const office = await openOffice()
  const { ask } = office
  await ask(
    `mutation {
      createRetentionClass(input: { key: "sales", names: [{ language: "en", text: "Sales" }], period: "P2Y", start: LAST_CONTACT, action: ERASE }) { key }
    }`,
  )
  await ask(
    `mutation {
      createPurpose(input: { key: "sales", names: [{ language: "en", text: "Sales" }], descriptions: [{ language: "en", text: "To sell" }], grounds: [CONTRACT], retentionClass: "sales" }) { key }
    }`,
  )
  const label = (key: string) => [{ language: 'en', text: key }]
  const mutation = 'mutation ($input: DefineFieldInput!) { defineField(input: $input) { key kind version } }'
  const full = (input: { key: string } & Data) => ({ labels: label(input.key), ...classified, ...input })
  return {
    ...office,
    define: async (input: { key: string; kind: string } & Data): Promise<Data> =>
      (await ask(mutation, { input: full(input) })).defineField,
    failDefine: (input: { key: string; kind: string } & Data) => office.fail(mutation, { input: full(input) }),
    /** A contact with these custom fields. */
    make: async (customFields: readonly object[], more: object = {}): Promise<string> =>
      (await office.create({ givenName: 'Ada', customFields, ...more })).id,
    failMake: (customFields: readonly object[]) => office.failCreate({ givenName: 'Ada', customFields }),
    /** Changes custom fields of a contact. */
    fill: async (id: string, customFields: readonly object[]): Promise<Data> => {
      const { contact } = await ask('query ($id: ID!) { contact(id: $id) { version } }', { id })
      return office.update({ id, version: contact.version, customFields })
    },
    failFill: async (id: string, customFields: readonly object[]): Promise<Data> => {
      const { contact } = await ask('query ($id: ID!) { contact(id: $id) { version } }', { id })
      return office.failUpdate({ id, version: contact.version, customFields })
    },
    /** The value of a field, without what every value has. */
    value: async (id: string, key: string): Promise<Data> => {
      const query = `query ($id: ID!, $key: String!) { contact(id: $id) { customField(key: $key) { ${values} } } }`
      const { contact } = await ask(query, { id, key })
      if (!contact.customField) return null
      const { __typename: _, key: its, ...rest } = contact.customField
      expect(its).toBe(key)
      return rest
    },
  }
}
