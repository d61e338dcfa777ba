import { type Keys, openKeys } from '../../src/keys/keys.ts'
import { masterKeySource } from '../../src/keys/master-key-source.ts'
import { createLog } from '../../src/log.ts'

const masterKey = Buffer.alloc(32, 'test').toString('base64url')

/** The keys of a key store, also for processes that are no tests. */
export const keysFor = (url: string): Promise<Keys> =>
  openKeys({
    url,
    masterKeys: masterKeySource({ data: '', masterKey, masterKeyCommand: undefined }),
    log: createLog('silent', false),
  })
