import { readConfig } from '../../src/config.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { startPackaging } from '../../src/modules/disclosure/worker.ts'
import { modules } from '../../src/modules/index.ts'

// A process that makes access packages, with settings like those of a server. Tells at its end how much memory it took at most.

const config = readConfig(process.env)
const log = createLog('silent', false)
const installation = await openInstallation(config, { log, say: () => undefined })
const work = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
const notifications = await listenToDatabase(installation.store.url, log)
const packaging = startPackaging({ work, modules, notifications })
process.send?.('ready')
process.once('message', async () => {
  await packaging.close()
  await notifications.close()
  await installation.close()
  process.send?.({ megabytes: Math.round(process.resourceUsage().maxRSS / 1000) })
  process.disconnect()
})
