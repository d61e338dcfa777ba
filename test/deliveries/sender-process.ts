import { readConfig } from '../../src/config.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { startWebhookSender } from '../../src/modules/deliveries/sending/sender.ts'

// A process that delivers to webhooks, with settings like those of a server and the pace of tests. Ends when its parent lets go.

const config = readConfig(process.env)
const log = createLog('silent', false)
const installation = await openInstallation(config, { log, say: () => undefined })
const work = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
const notifications = await listenToDatabase(installation.store.url, log)
const pace = { lease: 1500, firstPause: 10, longestPause: 50 }
const sender = startWebhookSender({ work, grace: 1000, pace, patience: 1000, notifications })
process.send?.('ready')
process.once('disconnect', async () => {
  await sender.close()
  await notifications.close()
  await installation.close()
})
