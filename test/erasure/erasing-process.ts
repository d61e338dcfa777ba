import { randomUUID } from 'node:crypto'
import { readConfig } from '../../src/config.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { performErasure } from '../../src/modules/erasure/perform.ts'
import { erasureWork } from '../../src/modules/erasure/queue.ts'

// Executes the erasure that is due, and says when it comes to the second batch; there it stays, until it is killed.

const log = createLog('silent', false)
const config = readConfig(process.env)
const installation = await openInstallation(config, { log, say: () => undefined })
const work = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
const claimed = await erasureWork.claim(work.database)
let batches = 0
await performErasure({ ...work, requestId: randomUUID() }, claimed?.id ?? '', async () => {
  if (++batches === 1) return true
  process.send?.('second')
  return new Promise(() => setInterval(() => undefined, 1000))
})
