import { randomUUID } from 'node:crypto'
import { encodeGlobalID } from '@pothos/plugin-relay'
import { expect } from 'vitest'
import type { WorkContext } from '../../src/graphql/context.ts'
import { uuidOf } from '../../src/graphql/ids.ts'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { hooksOf } from '../../src/modules/hooks.ts'
import { modules as productModules } from '../../src/modules/index.ts'
import type { ErasureDecision, Module } from '../../src/modules/module.ts'
import { startTestApp } from '../support/app.ts'
import { facts, wholeContact } from '../support/erasure.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
export type Data = any

export type Bureau = Awaited<ReturnType<typeof openBureau>>

/** An app whose contacts are erased past GraphQL: by the engine alone. */
export async function openBureau({
  modules = productModules,
  ...options
}: {
  modules?: readonly Module[]
  databaseUrl?: string
} = {}) {
  const app = await startTestApp({ modules, ...options })
  const token = await app.signIn()
  const ask = async (query: string, variables: object = {}): Promise<Data> => {
    const { data, errors } = await app.graphql(query, variables, token)
    expect(errors).toBeUndefined()
    return data
  }
  const work = (): WorkContext => ({ ...app.work, ...hooksOf(modules), requestId: randomUUID() })
  return {
    ...app,
    ask,
    work,
    modules,
    /** A contact. Returns its UUID. */
    contact: async (input: object = { givenName: 'Ida' }): Promise<string> => {
      const create = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
      return uuidOf('Contact', (await ask(create, { input })).createContact.id)
    },
    merge: async (targetId: string, sourceIds: readonly string[], version = 1): Promise<void> => {
      const input = { targetId: globalId(targetId), version, sourceIds: sourceIds.map(globalId) }
      await ask('mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { id } }', { input })
    },
    erase: (contactIds: readonly string[], changes: Partial<ErasureDecision> = {}) => {
      const decision = wholeContact(changes)
      return executeErasure(work(), { erasureId: decision.erasureId, contactIds, decision, facts: facts() })
    },
  }
}

export const globalId = (uuid: string): string => encodeGlobalID('Contact', uuid)
