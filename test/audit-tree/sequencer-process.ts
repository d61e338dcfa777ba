import { dataPath, readConfig } from '../../src/config.ts'
import { listenToDatabase } from '../../src/database/listen.ts'
import { openKeys } from '../../src/keys/keys.ts'
import { masterKeySource } from '../../src/keys/master-key-source.ts'
import { createLog } from '../../src/log.ts'
import { auditSigner } from '../../src/modules/audit/checkpoint/signing-key.ts'
import { startSequencer } from '../../src/modules/audit/sequencer/sequencer.ts'

// A process that sequences, with settings like those of a server, and tells its parent whenever it gets or loses the lease.

const config = readConfig(process.env)
const log = createLog('silent', false)
const url = config.databaseUrl ?? ''
const keys = await openKeys({ url: config.keystoreUrl ?? '', masterKeys: masterKeySource(config), log })
const notifications = await listenToDatabase(url, log)
const sequencer = await startSequencer({
  url,
  signer: await auditSigner(config),
  folder: dataPath(config, 'audit'),
  log,
  keys,
  notifications,
})

let told: boolean | undefined
const tell = () => {
  const { holds } = sequencer.state()
  if (holds !== told) process.send?.(holds)
  told = holds
}
const watch = setInterval(tell, 5)
tell()

process.on('message', async (request: string | string[]) => {
  if (Array.isArray(request)) process.send?.(await sequencer.integration.integrated(request))
  else {
    clearInterval(watch)
    await sequencer.close()
    await notifications.close()
    await keys.close()
    process.disconnect()
  }
})
