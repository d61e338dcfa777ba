import { expect, test } from 'vitest'
import { createLog } from '../../src/log.ts'
import type { WorkerMeans } from '../../src/modules/background.ts'
import { modules } from '../../src/modules/index.ts'
import { defineModule, type Module } from '../../src/modules/module.ts'
import { startModuleWorkers } from '../../src/workers.ts'
import { loyalty } from '../fixtures/loyalty/index.ts'
import { schema, testContext } from '../support/context.ts'
import { freshDatabase } from '../support/database.ts'

/** What workers get, and do nothing with. */
async function meansFor(some: readonly Module[]): Promise<{ means: WorkerMeans; close: () => Promise<void> }> {
  const { close, ...work } = testContext(await freshDatabase())
  const notifications = { on: () => undefined, close: async () => undefined }
  const log = createLog('silent', false)
  return {
    means: { work: { ...work, log }, notifications, modules: some, schema, grace: 100, ownerUrl: undefined },
    close,
  }
}

test('what a module declares is started in the order of the modules; what needs a mail server, only with one', async () => {
  const started: string[] = []
  const worker = (name: string) => {
    started.push(name)
    return { close: async () => undefined }
  }
  const first = defineModule({
    ...loyalty,
    workers: [
      { name: 'points', start: () => worker('points') },
      { name: 'nothing to do', start: () => undefined },
      { name: 'greetings', onlyWithMail: true, start: ({ mail }) => worker(`greetings from ${mail.from}`) },
    ],
  })
  const second = defineModule({
    ...loyalty,
    name: 'tiers',
    rights: {},
    workers: [{ name: 'tiers', start: () => worker('tiers') }],
  })
  const { means, close } = await meansFor([first, second])
  expect(startModuleWorkers(means, undefined)).toHaveLength(2)
  expect(started.splice(0)).toEqual(['points', 'tiers'])
  const mail = { smtpUrl: 'smtp://localhost', from: 'shop@example.org' }
  expect(startModuleWorkers(means, mail)).toHaveLength(3)
  expect(started).toEqual(['points', 'greetings from shop@example.org', 'tiers'])
  await close()
})

test('the product’s workers are named, each by its own name', () => {
  const names = modules.flatMap(({ name: module, workers = [] }) => workers.map(({ name }) => `${module}: ${name}`))
  expect(names.length).toBeGreaterThan(8)
  expect(new Set(names).size).toBe(names.length)
})
