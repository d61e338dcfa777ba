import { expect } from 'vitest'
import type { Served } from '../support/served.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
export type Data = any

/** Asks a product as somebody, and returns the data: an answer with errors fails the test. */
export async function ask(
  product: Pick<Served, 'ask'>,
  caller: Record<string, string>,
  query: string,
  variables: object = {},
): Promise<Data> {
  const { data, errors } = JSON.parse((await product.ask(query, variables, caller)).body)
  expect(errors).toBeUndefined()
  return data
}

const creation = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'

/** Makes a contact. Returns its id. */
export const createContact = async (
  product: Pick<Served, 'ask'>,
  caller: Record<string, string>,
  givenName: string,
): Promise<string> => (await ask(product, caller, creation, { input: { givenName } })).createContact.id
