import { afterAll, beforeAll, expect, test } from 'vitest'
import { logReads } from '../../src/modules/audit/log-reads.ts'
import { type Stage, startStage } from './support.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})

afterAll(() => stage.close())

/** An export of contacts, as a module would announce it. */
const exportOf = (contactIds: readonly string[]) =>
  contactIds.map((id) => ({ contactId: id, entity: 'Contact', entityId: id, field: 'export', what: { format: 'csv' } }))

test('What is disclosed outside of GraphQL is logged for each contact, in one transaction', async () => {
  const ids = await stage.newContacts(1200)
  const context = { ...stage.context(), actor: { kind: 'operator', id: null } as const }
  await logReads(context, 'exportContacts', exportOf(ids))
  const entries = await stage.entries({ requestId: context.requestId })
  expect(entries.map(({ contactId }) => contactId).sort()).toEqual(ids.toSorted())
  expect(new Set(entries.map(({ transactionId }) => transactionId)).size).toBe(1)
  expect(entries[0]).toMatchObject({
    action: 'read',
    operation: 'exportContacts',
    actorKind: 'operator',
    changes: { export: { new: { format: 'csv' } } },
  })
})

test('An export waits until its entries are in the tree', async () => {
  const ids = await stage.newContacts(2)
  const integrated: string[] = []
  const integration = {
    integrated: async (entryIds: readonly string[]) => {
      const committed = await stage.entries({ requestId: context.requestId })
      expect(committed.map(({ id }) => id).sort()).toEqual(entryIds.toSorted())
      integrated.push(...entryIds)
      return true
    },
  }
  const context = { ...stage.context(), integration }
  await logReads(context, 'exportContacts', exportOf(ids), { integrated: true })
  expect(integrated).toHaveLength(2)
  await logReads(context, 'seeContacts', exportOf(ids))
  expect(integrated).toHaveLength(2)
})

test('Nothing is logged for somebody who is gone', async () => {
  const ids = await stage.newContacts(1)
  const context = { ...stage.context(), signal: AbortSignal.abort(new Error('gone')) }
  await expect(logReads(context, 'exportContacts', exportOf(ids))).rejects.toThrow('gone')
  expect(await stage.entries({ requestId: context.requestId })).toEqual([])
})
