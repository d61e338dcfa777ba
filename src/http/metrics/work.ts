import { Gauge } from 'prom-client'
import { most, type QueueState } from '../../database/queues.ts'
import type { Sequencer } from '../../modules/audit/sequencer/sequencer.ts'
import type { Registries } from '../metrics.ts'
import type { Reading } from './reading.ts'

type Read = () => Promise<Reading>

/** Measures what waits to be done in the background: queues, the tree of the audit log, the erasure ledger. */
export function addWork(of: Registries, { sequencer }: { sequencer?: Pick<Sequencer, 'state'> }, read: Read): void {
  const registers = [of.installation]
  const ofQueues = (name: string, help: string, tell: (state: QueueState) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['queue'],
      registers,
      async collect() {
        const { queues } = await read()
        this.reset() // What nobody can tell is left out: that of the last time would be wrong.
        for (const state of queues ?? []) this.set({ queue: state.name }, tell(state))
      },
    })
  ofQueues(
    'lethe_queue_waiting',
    `What waits to be done in the background, counted up to ${most}.`,
    (one) => one.waiting,
  )
  ofQueues('lethe_queue_oldest_seconds', 'How long the oldest of it has waited.', (one) => one.oldest)
  ofQueues('lethe_queue_given_up', `What nobody tries any more, counted up to ${most}.`, (one) => one.givenUp)
  const oneOf = (name: string, help: string, tell: (reading: Reading) => number | undefined) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(tell(await read()) ?? Number.NaN)
      },
    })
  oneOf(
    'lethe_recipient_log_behind',
    'Entries of the audit log not looked through for what recipients are to be told.',
    (one) => one.recipientsBehind,
  )
  oneOf(
    'lethe_audit_oldest_seconds',
    'How long the oldest entry of the audit log that is not in the tree yet has waited.',
    (one) => one.auditLag,
  )
  oneOf(
    'lethe_ledger_behind',
    'Entries of the erasure ledger that the database or the key store has not done yet; NaN if the ledger can not be read.',
    (one) => one.ledgerBehind,
  )
  new Gauge({
    name: 'lethe_audit_fault',
    help: 'Whether this process fails to grow the tree of the audit log, or to keep copies of its checkpoints.',
    labelNames: ['of'],
    aggregator: 'max',
    registers: [of.process],
    collect() {
      const { fault, outsideFault } = sequencer?.state() ?? {}
      this.set({ of: 'tree' }, fault === undefined ? 0 : 1)
      this.set({ of: 'copies' }, outsideFault === undefined ? 0 : 1)
    },
  })
}
