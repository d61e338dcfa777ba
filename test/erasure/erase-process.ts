import { randomUUID } from 'node:crypto'
import { readConfig } from '../../src/config.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { endRetained } from '../../src/modules/retention/kept/end.ts'
import { facts, wholeContact } from '../support/erasure.ts'

// A process that erases a contact, or ends what was kept where none is named, and is killed at a step of that.

const log = createLog('silent', false)
const config = readConfig(process.env)
const installation = await openInstallation(config, { log, say: () => undefined })
const work = { ...workIn(installation, config, { actor: { kind: 'system', id: null }, log }), requestId: randomUUID() }
process.once('message', async ({ contactId = '', step: last, erasureId = '' }: Record<string, string>) => {
  const at = async (step: string) => {
    if (step !== last) return
    // Or all who destroy keys wait until the lease of this process has run out: once is enough.
    if (step !== 'noted') await installation.keys.close()
    process.kill(process.pid, 'SIGKILL')
  }
  const decision = wholeContact({ erasureId })
  const order = { erasureId: decision.erasureId, contactIds: [contactId], decision, facts: facts() }
  if (contactId) await executeErasure(work, order, { at })
  else await endRetained(work, at)
})
process.send?.('ready')
process.once('disconnect', () => installation.close())
