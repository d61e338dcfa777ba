import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ProcessingRegister } from './collect.ts'

/** How long a thread is kept for the next pages, in milliseconds: beginning one takes longer than most pages. */
const keptFor = 10_000

let last: Promise<unknown> = Promise.resolve()
let kept: { worker: Worker; timer: NodeJS.Timeout } | undefined

/**
 * The register as PDF. Laying out pages takes long enough that others would wait: it is done in a thread of its own, one at a
 * time. Throws when the signal is aborted.
 */
export function renderAside(register: ProcessingRegister, signal?: AbortSignal): Promise<Buffer> {
  const mine = last.then(() => render(register, signal))
  last = mine.catch(() => undefined) // Who asked for it hears of it.
  return mine
}

async function render(register: ProcessingRegister, signal?: AbortSignal): Promise<Buffer> {
  signal?.throwIfAborted()
  const worker = takeWorker()
  try {
    const answer = once(worker, 'message', { ...(signal && { signal }) })
    worker.postMessage(register)
    const [pdf]: Uint8Array[] = await answer
    if (!pdf) throw new Error('nothing was rendered')
    keep(worker)
    return Buffer.from(pdf)
  } catch (error) {
    await worker.terminate()
    throw error
  }
}

function takeWorker(): Worker {
  if (!kept) return new Worker(new URL('./pdf-worker.ts', import.meta.url))
  const { worker, timer } = kept
  kept = undefined
  clearTimeout(timer)
  worker.ref()
  worker.removeAllListeners('exit')
  return worker
}

/** Keeps a thread for a while; neither it nor the wait for its end holds up the process. */
function keep(worker: Worker) {
  worker.unref()
  const timer = setTimeout(() => worker.terminate(), keptFor).unref()
  worker.once('exit', () => {
    clearTimeout(timer)
    kept = undefined
  })
  kept = { worker, timer }
}
