import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'

// What has no ground any more is proposed from the start; everything else is for whoever knows the purposes.
const groundless = {
  key: 'without-ground',
  names: { de: 'Kontakte ohne Rechtsgrundlage', en: 'Contacts without a legal ground' },
  retentionKey: 'without-ground',
  action: 'propose',
}

/** Makes the rule to begin with, where it is missing. One that was retired stays so. */
export async function addMissingRules(tx: Transaction): Promise<void> {
  const { key } = groundless
  if (await tx.retentionRule.findUnique({ where: { key }, select: { key: true } })) return
  await tx.retentionRule.create({ data: { ...groundless, id: uuidv7(), tags: [], createdAt: new Date() } })
}
