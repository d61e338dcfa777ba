import { type Config, dataPath } from '../config.ts'
import type { Installation } from '../installation.ts'
import type { Logger } from '../log.ts'
import { auditSigner } from '../modules/audit/checkpoint/signing-key.ts'
import type { Integration } from '../modules/audit/integration.ts'
import { admittedBy } from '../modules/audit/sequencer/own-log.ts'
import { type Sequencer, startSequencer } from '../modules/audit/sequencer/sequencer.ts'

/**
 * Lets commands wait until what they did is in the tree of the log: a server that runs puts it there, or this process does, if
 * there is none. Nothing is started before somebody waits.
 */
export function lazyIntegration(
  { store, keys }: Pick<Installation, 'store' | 'keys'>,
  config: Config,
  log: Logger,
): Integration & { close: () => Promise<void> } {
  let starting: Promise<Sequencer> | undefined
  const start = async () =>
    startSequencer({
      url: store.url,
      signer: await auditSigner(config, admittedBy(store.url)),
      folder: dataPath(config, 'audit'),
      log,
      keys,
    })
  return {
    integrated: async (entryIds) => {
      starting ??= start()
      return (await starting).integration.integrated(entryIds)
    },
    close: async () => (await starting)?.close(),
  }
}
