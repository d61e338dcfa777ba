import { inject } from 'vitest'
import { type Keys, openKeys } from '../../src/keys/keys.ts'
import { masterKeySource } from '../../src/keys/master-key-source.ts'
import { createLog } from '../../src/log.ts'
import { atEnd } from './at-end.ts'
import { masterKey } from './environment.ts'

let opened: Promise<Keys> | undefined

const opening = () => {
  opened ??= open()
  return opened
}

async function open() {
  const masterKeys = masterKeySource({ data: '', masterKey, masterKeyCommand: undefined })
  const keys = await openKeys({ url: inject('keystoreUrl'), masterKeys, log: createLog('silent', false) })
  atEnd(() => {
    opened = undefined
    return keys.close()
  })
  return keys
}

/** The key store of the run, opened when a test file first needs it. */
export const sharedKeys: Keys = {
  create: async (contactIds) => (await opening()).create(contactIds),
  find: async (contactIds) => (await opening()).find(contactIds),
  destroy: async (contactIds) => (await opening()).destroy(contactIds),
  destroyed: async function* () {
    yield* (await opening()).destroyed()
  },
  ledgerPosition: async (installation) => (await opening()).ledgerPosition(installation),
  noteLedger: async (entry) => (await opening()).noteLedger(entry),
  resetLedger: async (entry) => (await opening()).resetLedger(entry),
  unreadiness: () => undefined,
  connections: () => ({ used: 0, idle: 0, waiting: 0, most: 0 }),
  close: async () => undefined,
}
