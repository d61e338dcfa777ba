import { readConfig } from '../../src/config.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { startTellingRecipients } from '../../src/modules/recipients/worker.ts'

// A process that tells recipients until it is stopped, with settings like those of a server.

const config = readConfig(process.env)
const log = createLog('silent', false)
const installation = await openInstallation(config, { log, say: () => undefined })
const work = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
const webhooks = { allowPrivate: true, giveUpAfter: 3_600_000, ca: process.env['PARTNER_CA'] }
const pace = { lease: 1000, firstPause: 20 }
const worker = startTellingRecipients({ ...work, webhooks }, { pause: 20, settledFor: 0, pace })
process.once('disconnect', async () => {
  await worker.close()
  await installation.close()
})
