import cluster from 'node:cluster'
import { Counter, Gauge, Registry } from 'prom-client'

/** What is measured of processes that answer together, by the one that supervises them. */
export function processMetrics(): { registry: Registry; restarts: Counter } {
  const registry = new Registry()
  const registers = [registry]
  const restarts = new Counter({
    name: 'lethe_process_restarts_total',
    help: 'Processes that answered, ended by themselves, and were replaced.',
    registers,
  })
  new Gauge({
    name: 'lethe_processes',
    help: 'Processes that answer on this port.',
    registers,
    collect() {
      this.set(Object.keys(cluster.workers ?? {}).length)
    },
  })
  return { registry, restarts }
}
