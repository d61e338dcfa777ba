import { readConfig } from '../../src/config.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { startMailSender } from '../../src/mail/sender.ts'
import { contactMailRules } from '../../src/modules/mails/rules.ts'

// A process that sends mails, with settings like those of a server. Ends when its parent lets go.

const config = readConfig(process.env)
const { mail, grace } = config
if (!mail) throw new Error('this process is there to send mails')
const log = createLog('silent', false)
const installation = await openInstallation(config, { log, say: () => undefined })
const work = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
const { store, keys, secrets } = installation
const notifications = await listenToDatabase(store.url, log)
const rules = contactMailRules(work)
const sender = startMailSender({ database: store.database, secrets, keys, log, rules, mail, grace, notifications })
process.send?.('ready')
process.once('disconnect', async () => {
  await sender.close()
  await notifications.close()
  await installation.close()
})
