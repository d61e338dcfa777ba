import { parseArgs } from 'node:util'
import pg from 'pg'
import { backUp } from '../../src/backup/backup.ts'
import { restoreBackup } from '../../src/backup/restore.ts'
import { parseSigner } from '../../src/modules/audit/checkpoint/keys.ts'
import { createSecrets } from '../../src/secrets.ts'
import { openFolder } from '../../src/storage/folder.ts'
import { keysFor } from './keys.ts'

// A process that makes a backup, or restores one, and tells how much memory it took at most, and of how many steps it was: each
// statement that it sends to a database is one, and each piece of a file that it reads. With `--dieAt` it is killed at that step.

const text = { type: 'string', default: '' } as const
const { values } = parseArgs({
  options: {
    url: text,
    keystoreUrl: text,
    path: text,
    storage: text,
    secret: text,
    signer: text,
    recipient: text,
    identity: text,
    dieAt: text,
  },
})
const { url, path } = values
let steps = 0
function step() {
  steps++
  if (String(steps) === values.dieAt) process.kill(process.pid, 'SIGKILL')
}
const { query } = pg.Client.prototype
pg.Client.prototype.query = function (this: pg.Client, ...given: Parameters<typeof query>) {
  const answer = Reflect.apply(query, this, given)
  const { application_name: application } = Reflect.get(this, 'connectionParameters')
  if (/^lethe (archive|restore)$/.test(application)) step()
  return answer
} as typeof query

const signer = parseSigner(values.signer)
const secrets = createSecrets(Buffer.from(values.secret))
const storage = openFolder(values.storage)
const keys = await keysFor(values.keystoreUrl)
if (values.recipient) {
  const source = { url, keystoreUrl: values.keystoreUrl, keys, secrets, signer }
  await backUp(source, { path, protection: { recipients: [values.recipient] } }, storage, step)
} else {
  await restoreBackup(
    { path, opening: { identities: [values.identity] }, verifiers: [signer], keys },
    { ownerUrl: url, storage, secrets, leaveOutUnknown: false, anotherSecret: false, onProgress: step },
  )
}
await keys.close()
process.stdout.write(`${Math.round(process.resourceUsage().maxRSS / 1024)} MiB, ${steps} steps\n`)
