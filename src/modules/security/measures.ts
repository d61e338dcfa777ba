import type { Measure } from './measure.ts'
import { ownAccounts, passwords, secondFactor } from './measures/accounts.ts'
import { clientKeys } from './measures/client-keys.ts'
import { auditLog } from './measures/log.ts'
import { backups, dependencies } from './measures/operation.ts'
import { broadRights, usedRights } from './measures/rights.ts'
import { sessions } from './measures/sessions.ts'
import { failedSignIns } from './measures/sign-ins.ts'
import { transport } from './measures/transport.ts'
import { recipientsTold } from './measures/webhooks.ts'

/** The measures that are in force in this version, in the order in which they are shown. */
export const measures: readonly Measure[] = [
  transport,
  passwords,
  secondFactor,
  ownAccounts,
  failedSignIns,
  sessions,
  clientKeys,
  recipientsTold,
  broadRights,
  usedRights,
  auditLog,
  backups,
  dependencies,
]
