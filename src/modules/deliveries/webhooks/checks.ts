import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput } from '../../../graphql/errors.ts'
import { unknownPurpose } from '../../contacts/sight.ts'
import type { ChangeKind } from '../changes/kinds.ts'
import { addressIn, isPublic } from '../sending/address.ts'

/** What one may say about a webhook. Absent: as it is. */
export type WebhookDraft = {
  url?: string | null | undefined
  purposes?: readonly string[] | null | undefined
  events?: readonly ChangeKind[] | null | undefined
  emailHashes?: boolean | null | undefined
  enabled?: boolean | null | undefined
}

const longestUrl = 2000
const mostPurposes = 500

/** What was said, as it is stored. Throws INVALID_INPUT with every fault. */
export async function checkedWebhook(
  context: Pick<WorkContext, 'database' | 'unknownPurposes' | 'webhooks'>,
  { url, purposes, events, emailHashes }: WebhookDraft,
) {
  const faults: Fault[] = []
  if (url !== undefined) {
    const fault = urlFault(url ?? '', context.webhooks?.allowPrivate ?? false)
    if (fault) faults.push({ field: 'url', message: fault })
  }
  const keys = purposes === undefined ? undefined : [...new Set(purposes ?? [])]
  if (keys?.length === 0) {
    faults.push({
      field: 'purposes',
      message: 'Name the purposes of which it is told, with their keys: there is no "all".',
    })
  }
  if (keys && keys.length > mostPurposes) faults.push({ field: 'purposes', message: `At most ${mostPurposes}.` })
  if (faults.length > 0) throw invalidInput(faults)
  const unknown = keys && (await context.unknownPurposes?.(context, keys))
  if (unknown && unknown.length > 0) throw unknownPurpose('purposes')
  return {
    ...(typeof url === 'string' && { url: new URL(url).href }),
    ...(keys && { purposes: keys }),
    ...(events !== undefined && { events: [...new Set(events ?? [])] }),
    ...(typeof emailHashes === 'boolean' && { emailHashes }),
  }
}

function urlFault(text: string, allowPrivate: boolean): string | undefined {
  const url = URL.parse(text)
  if (!url || text.length > longestUrl) return `Must be a URL of at most ${longestUrl} characters.`
  if (url.protocol !== 'https:') return 'Must begin with https://: nothing goes out unencrypted.'
  if (url.username || url.password) return 'Must not hold a name or password: messages are signed.'
  if (url.hash) return 'Must not have a part behind #: it would not be sent.'
  const address = addressIn(url.hostname)
  if ((address && !isPublic(address)) || /(^|\.)localhost$/.test(url.hostname)) {
    return allowPrivate
      ? undefined
      : 'Must be on the public internet, unless LETHE_WEBHOOK_PRIVATE allows other addresses.'
  }
  return undefined
}
