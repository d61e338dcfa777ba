import { expect, test } from 'vitest'
import type { Notifications } from '../../src/database/listen.ts'
import { emptying, startWorkerLoop, type WorkerLoop } from '../../src/worker-loop.ts'

/** Waits that no test lives to see the end of, unless it says otherwise. */
const patient = { firstWait: 0, shortestWait: 3_600_000, longestWait: 3_600_000 }

/** A worker whose turns the test takes, one by one: each waits until it is told what comes of it. */
function startByHand(options: Partial<WorkerLoop> = {}) {
  const faults: unknown[] = []
  let begun = 0
  let finish: (result: number | Error | undefined) => void = () => undefined
  let onBegin: (() => void) | undefined
  const turn: WorkerLoop['turn'] = () =>
    new Promise((done, fail) => {
      begun++
      finish = (result) => (result instanceof Error ? fail(result) : done(result))
      onBegin?.()
    })
  const begins = (count: number) =>
    new Promise<void>((done) => {
      onBegin = () => begun === count && done()
      onBegin()
    })
  const worker = startWorkerLoop({ turn, failed: (error) => faults.push(error), ...patient, ...options })
  return { worker, begins, begun: () => begun, finish: (result?: number | Error) => finish(result), faults }
}

test('whoever wakes a worker during its turn gets another one right after', async () => {
  const { worker, begins, finish, begun } = startByHand()
  await begins(1)
  worker.wake()
  worker.wake()
  finish()
  await begins(2)
  expect(begun()).toBe(2)
  finish()
  await worker.close()
  expect(begun()).toBe(2)
})

test('between turns a worker waits as long as the last one said, and no longer than it may', async () => {
  const { worker, begins, finish } = startByHand({ shortestWait: 0, longestWait: 5 })
  await begins(1)
  finish(3_600_000)
  await begins(2)
  finish()
  await begins(3)
  finish(0)
  await worker.close()
})

test('a notification wakes a worker that waits', async () => {
  const callbacks = new Map<string, () => void>()
  const notifications: Notifications = {
    on: (channel, callback) => void callbacks.set(channel, callback),
    close: async () => undefined,
  }
  const { worker, begins, finish } = startByHand({ wakes: { notifications, channel: 'lethe_mail' } })
  await begins(1)
  finish()
  callbacks.get('lethe_mail')?.()
  await begins(2)
  finish()
  await worker.close()
})

test('a turn that fails is told of, and taken again after its own while', async () => {
  const { worker, begins, finish, faults } = startByHand({ waitAfterFailure: 1 })
  await begins(1)
  const fault = new Error('away')
  finish(fault)
  await begins(2)
  expect(faults).toEqual([fault])
  const closed = worker.close()
  finish(new Error('stopped'))
  await closed
  expect(faults).toEqual([fault])
})

test('to close a worker tells its turn, waits for that, and lets no other begin', async () => {
  let isOver = false
  let told: AbortSignal | undefined
  const worker = startWorkerLoop({
    turn: async (stop) => {
      told = stop
      if (!stop.aborted) await new Promise((done) => stop.addEventListener('abort', done))
      isOver = true
      return 0
    },
    failed: () => undefined,
    shortestWait: 0,
  })
  const closed = worker.close()
  expect(isOver).toBe(false)
  await closed
  expect(isOver).toBe(true)
  expect(told?.aborted).toBe(true)
  await worker.close()
})

test('a queue is emptied, then asked when the next is due; on a stop it is left as it is', async () => {
  const waiting = [1, 2, 3]
  const next = async () => waiting.shift() !== undefined
  expect(await emptying(next, async () => 4000)(new AbortController().signal)).toBe(4000)
  expect(waiting).toEqual([])
  const stopped = emptying(
    () => Promise.reject(new Error('taken')),
    () => Promise.reject(new Error('asked')),
  )
  expect(await stopped(AbortSignal.abort())).toBeUndefined()
})
