import { readConfig } from '../../src/config.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { startMailSender } from '../../src/mail/sender.ts'
import { contactMailRules } from '../../src/modules/mails/rules.ts'
import { reportMailWriters } from '../../src/modules/reports/schedules/mail/write.ts'
import { takeTurns } from '../../src/modules/reports/schedules/turns.ts'

// A process that mails scheduled reports, whose clock its parent moves: each moment that it is told, it answers when all has taken
// its turn. Ends when its parent lets go.

const config = readConfig(process.env)
const { mail, grace } = config
if (!mail) throw new Error('this process is there to send mails')
const log = createLog('silent', false)
const installation = await openInstallation(config, { log, say: () => undefined })
const work = workIn(installation, config, { actor: { kind: 'system', id: null }, log })
const { store, keys, secrets } = installation
const notifications = await listenToDatabase(store.url, log)
const rules = contactMailRules(work)
const writers = reportMailWriters(work)
const { database } = store
const sender = startMailSender({ database, secrets, keys, log, rules, writers, mail, grace, notifications })
let latest = Promise.resolve()
process.on('message', (moment) => {
  latest = latest
    .then(() => takeTurns(work, new Date(String(moment))))
    .then(() => {
      process.send?.(moment)
    })
})
process.send?.('ready')
process.once('disconnect', async () => {
  await latest
  await sender.close()
  await notifications.close()
  await installation.close()
})
