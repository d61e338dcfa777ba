import { readConfig } from '../../src/config.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { startReacting } from '../../src/modules/reports/reacting/worker.ts'

// A process that does what people want done with whom reports show, with settings like those of a server. Ends when its parent lets go.

const config = readConfig(process.env)
const log = createLog('silent', false)
const installation = await openInstallation(config, { log, say: () => undefined })
const work = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
const notifications = await listenToDatabase(installation.store.url, log)
const reacting = startReacting({ work, notifications, firstPause: 50 })
process.send?.('ready')
process.once('disconnect', async () => {
  await reacting.close()
  await notifications.close()
  await installation.close()
})
