import { Gauge } from 'prom-client'
import type { BackupState } from '../../backup/state.ts'
import type { ReplicaState } from '../../database/replicas.ts'
import type { Registries } from '../metrics.ts'
import { poolsOf, type Reading, type Sources } from './reading.ts'

/** Measures whether the stores answer, how old backups are, and how connections are doing. */
export function addStores(of: Registries, sources: Sources, read: () => Promise<Reading>): void {
  const registers = [of.installation]
  const { health } = sources
  new Gauge({
    name: 'lethe_database_up',
    help: 'Whether the database answers within two seconds.',
    registers,
    async collect() {
      this.set((await read()).databaseAnswers ? 1 : 0)
    },
  })
  new Gauge({
    name: 'lethe_storage_up',
    help: 'Whether the storage of files answers within two seconds.',
    registers,
    async collect() {
      this.set((await health.storageAnswers()) ? 1 : 0)
    },
  })
  const ofBackups = (name: string, help: string, tell: (state: BackupState) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['of'],
      registers,
      async collect() {
        this.reset()
        for (const state of (await health.backups()) ?? []) this.set({ of: state.of }, tell(state))
      },
    })
  ofBackups('lethe_backup_age_seconds', 'How old the newest backup is, of those that are to be made.', ({ age }) => age)
  ofBackups('lethe_backup_overdue', 'Whether it is half as old again as it should ever get.', ({ isOverdue }) =>
    isOverdue ? 1 : 0,
  )
  new Gauge({
    name: 'lethe_pool_connections',
    help: 'Connections of this process to the database and to the key store, by whether something uses them.',
    labelNames: ['pool', 'state'],
    registers: [of.process],
    collect() {
      for (const { pool, used, idle } of poolsOf(sources)) {
        this.set({ pool, state: 'used' }, used)
        this.set({ pool, state: 'idle' }, idle)
      }
    },
  })
  new Gauge({
    name: 'lethe_pool_waiting',
    help: 'What waits for a connection.',
    labelNames: ['pool'],
    registers: [of.process],
    collect() {
      for (const { pool, waiting } of poolsOf(sources)) this.set({ pool }, waiting)
    },
  })
  new Gauge({
    name: 'lethe_pool_limit',
    help: 'How many connections there may be.',
    labelNames: ['pool'],
    registers: [of.process],
    collect() {
      for (const { pool, most } of poolsOf(sources)) this.set({ pool }, most)
    },
  })
  const ofReplicas = (name: string, help: string, tell: (state: ReplicaState) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['replica'],
      aggregator: 'max',
      registers: [of.process],
      collect() {
        for (const state of sources.replicas?.states() ?? []) this.set({ replica: state.name }, tell(state))
      },
    })
  ofReplicas(
    'lethe_replica_lag_seconds',
    'How far a replica is behind; NaN while it is away.',
    ({ lag }) => lag ?? Number.NaN,
  )
  ofReplicas('lethe_replica_used', 'Whether it is read from.', ({ isUsed }) => (isUsed ? 1 : 0))
}
