import type { ConsentSettings } from '../../config.ts'
import type { WorkContext } from '../../graphql/context.ts'

/** As it is where nobody says otherwise; see LETHE_CONSENT_* in settings.ts. */
const usual: ConsentSettings = {
  timeToConfirm: 7 * 24 * 3_600_000,
  mails: 5,
  pageRate: 10,
  serverRate: 100,
  addressRate: 6,
}

/** How consent is asked for here. */
export const consentSettings = ({ consent = usual }: Pick<WorkContext, 'consent'>): ConsentSettings => consent
