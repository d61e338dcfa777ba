import type { Erasure, ErasureFingerprint } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { present } from '../lawfulness/audited.ts'

// How the register reads in the audit log. It is about nobody: so these entries stay readable when the contact's key is gone.

type Row<T> = Partial<T> & { id: string }

export const describeErasure = (row: Row<Erasure>): AuditedRow => ({
  ...{ entity: 'Erasure', entityId: row.id },
  values: present({
    ...{ kind: row.kind, set: row.setId, contacts: row.contacts, state: row.state, ground: row.ground },
    categories: row.categories?.length ? row.categories : undefined,
    fingerprints: row.fingerprints || undefined,
    ...{ requestedAt: row.requestedAt, approvedAt: row.approvedAt, decidedAt: row.decidedAt, article: row.article },
    approvers: row.approverIds?.length ? row.approverIds : undefined,
    ...{ toldAt: row.toldAt, toldHow: row.toldHow, executedAt: row.executedAt },
    untoldClients: row.untoldClients?.length ? row.untoldClients : undefined,
    clientsToldAt: row.clientsToldAt,
    ledgerSequence: row.ledgerSequence?.toString(),
    ...{ ledgerHash: row.ledgerHash, replays: row.replays || undefined, fault: row.fault },
  }),
})

export const describeFingerprint = (row: Row<ErasureFingerprint>): AuditedRow => ({
  ...{ entity: 'ErasureFingerprint', entityId: row.id },
  values: present({ kind: row.kind, erasure: row.erasureId, createdAt: row.createdAt }),
})
