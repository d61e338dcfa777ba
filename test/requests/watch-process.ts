import { randomUUID } from 'node:crypto'
import { readConfig } from '../../src/config.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { watchRequests } from '../../src/modules/requests/watch.ts'

// A process that looks after requests once, with settings like those of a server.

const config = readConfig(process.env)
const log = createLog('silent', false)
const installation = await openInstallation(config, { log, say: () => undefined })
const work = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
process.send?.('ready')
await watchRequests({ ...work, requestId: randomUUID() })
await installation.close()
process.disconnect?.()
