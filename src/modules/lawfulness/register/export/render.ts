import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ProcessingRegister } from './collect.ts'

let last: Promise<unknown> = Promise.resolve()

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
  const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), { workerData: register })
  try {
    const [pdf]: Uint8Array[] = await once(worker, 'message', { ...(signal && { signal }) })
    if (!pdf) throw new Error('nothing was rendered')
    return Buffer.from(pdf)
  } finally {
    await worker.terminate()
  }
}
