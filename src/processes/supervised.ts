import cluster from 'node:cluster'
import type { Measured } from '../http/metrics.ts'
import type { FromProcess, ToProcess } from './messages.ts'

/** How a process that answers stands with the one that supervises it. */
export type Supervised = {
  /** What all that share the port measured. */
  together: () => Promise<readonly Measured[]>
  /** Says what this process measured, when asked, and that it answers from now on. */
  answers: (server: { url: string; selfSigned: boolean }, measured: () => Promise<Measured>) => void
  /** Settles when it is to end. */
  stopping: Promise<void>
  /** Lets it end. */
  stop: () => void
  /** Lets go: nothing keeps the process any more. */
  leave: () => void
}

/** Whether this process was started by another one, to answer with it on one port. */
export const isSupervised = (): boolean => cluster.isWorker

/** Begins to listen to the process that supervises this one. When that is gone, Node ends this one. */
export function beSupervised(): Supervised {
  const { promise: stopping, resolve: stop } = Promise.withResolvers<void>()
  const questions = new Map<number, (all: readonly Measured[]) => void>()
  let asked = 0
  let measure: (() => Promise<Measured>) | undefined
  // Who asked may be gone, and this process about to end.
  const tell = (message: FromProcess) =>
    process.connected && process.send?.(message, undefined, undefined, () => undefined)
  process.on('message', async (message: ToProcess) => {
    if (message.kind === 'stop') stop()
    if (message.kind === 'measured') questions.get(message.id)?.(message.all)
    if (message.kind === 'measure') tell({ kind: 'measured', id: message.id, measured: (await measure?.()) ?? [] })
  })
  return {
    together: () => {
      const id = asked++
      return new Promise<readonly Measured[]>((done) => {
        questions.set(id, done)
        tell({ kind: 'measure', id })
      }).finally(() => questions.delete(id))
    },
    answers: (server, measured) => {
      measure = measured
      tell({ kind: 'answers', ...server })
    },
    stopping,
    stop,
    leave: () => process.disconnect(),
  }
}
