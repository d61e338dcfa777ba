import { randomUUID } from 'node:crypto'
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
