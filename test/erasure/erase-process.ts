import { randomUUID } from 'node:crypto'
import { readConfig } from '../../src/config.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { facts, wholeContact } from '../support/erasure.ts'

// A process that erases a contact, and is killed at a step of that.

const log = createLog('silent', false)
const config = readConfig(process.env)
const installation = await openInstallation(config, { log, say: () => undefined })
const work = { ...workIn(installation, config, { actor: { kind: 'system', id: null }, log }), requestId: randomUUID() }
process.once('message', async ({ contactId = '', step: last, erasureId = '' }: Record<string, string>) => {
  const decision = wholeContact({ erasureId })
  const order = { erasureId: decision.erasureId, contactIds: [contactId], decision, facts: facts() }
  const at = (step: string) => {
    if (step === last) process.kill(process.pid, 'SIGKILL')
  }
  await executeErasure(work, order, { at })
})
process.send?.('ready')
process.once('disconnect', () => installation.close())
