import { readConfig } from '../../src/config.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { startReportFiles } from '../../src/modules/reports/files/worker.ts'

// A process that makes files of reports, with settings like those of a server. Tells at its end how much memory it took at most.

const config = readConfig(process.env)
const log = createLog('silent', false)
const installation = await openInstallation(config, { log, say: () => undefined })
const work = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
const notifications = await listenToDatabase(installation.store.url, log)
const before = process.resourceUsage().maxRSS
const making = startReportFiles({ work, notifications })
process.send?.('ready')
process.once('message', async () => {
  await making.close()
  await notifications.close()
  await installation.close()
  const megabytes = (kilobytes: number) => Math.round(kilobytes / 1000)
  process.send?.({ megabytes: megabytes(process.resourceUsage().maxRSS), before: megabytes(before) })
  process.disconnect()
})
