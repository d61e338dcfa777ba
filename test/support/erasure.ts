import { randomUUID } from 'node:crypto'
import type { ErasureFacts } from '../../src/modules/erasure/register.ts'
import type { ErasureDecision } from '../../src/modules/module.ts'

/** A decision to erase whole contacts, as related records' types say. */
export const wholeContact = (changes: Partial<ErasureDecision> = {}): ErasureDecision => ({
  erasureId: randomUUID(),
  ground: 'consent_withdrawn',
  categories: null,
  related: {},
  fingerprints: false,
  at: new Date(),
  ...changes,
})

/** What the register knows of an erasure that nobody has to approve. */
export const facts = (): ErasureFacts => ({
  ...{ set: null, requestId: null, requester: { kind: 'system', id: null }, requestedAt: new Date().toISOString() },
  ...{ approverIds: [], approvedAt: null, toldAt: null, toldHow: null },
})
