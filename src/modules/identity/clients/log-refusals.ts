import type { Database } from '../../../database/client.ts'
import type { Keys } from '../../../keys/keys.ts'
import type { Logger } from '../../../log.ts'
import { loggable } from '../../../log-error.ts'
import { writeEntries } from '../../audit/write.ts'
import type { Asking } from '../sign-in/authenticate.ts'
import { Recent } from '../sign-in/recent.ts'

/** Why a key of ours is refused. */
export type KeyFault = 'revoked' | 'expired' | 'client disabled' | 'from a page' | 'from another page' | 'from no page'

/** Notes that a key of ours was refused. */
export type LogKeyRefusal = (keyId: string, fault: KeyFault, asking: Asking) => Promise<void>

const hour = 60 * 60 * 1000

/**
 * Writes into the audit log that a key of ours was refused: it was revoked, say, or stands in a page where everybody can read
 * it. Once an hour for each key, since whoever has it could fill the log. What is no key of ours is in the operational log
 * alone. The key is refused even if that can't be logged.
 */
export function createKeyRefusalLog(deps: { database: Database; keys: Keys; log: Logger }): LogKeyRefusal {
  const lately = new Recent<true>({ lifetime: hour, bound: 10_000, clock: () => performance.now() })
  const { database, keys, log } = deps
  return async (entityId, fault, { origin, requestId = '', address }) => {
    if (lately.get(entityId)) return
    lately.set(entityId, true)
    const changes = {
      fault: { new: fault },
      ...(address && { address: { new: address } }),
      // Anybody can write anything there.
      ...(isOrigin(origin) && { origin: { new: origin } }),
    }
    const context = { actor: { kind: 'anonymous', id: null } as const, requestId, keys }
    const entry = { action: 'refused', operation: 'authenticate', entity: 'ClientKey', entityId, changes } as const
    try {
      await writeEntries(database, context, [entry])
    } catch (error) {
      log.error({ requestId, key: entityId, fault, error: loggable(error) }, 'a refusal is not in the audit log')
    }
  }
}

const isOrigin = (text: string | undefined): text is string =>
  text !== undefined && text.length <= 300 && URL.parse(text)?.origin === text
