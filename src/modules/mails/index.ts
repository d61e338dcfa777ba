import { defineModule } from '../module.ts'
import { describeLink } from './audited.ts'
import { bounceRoutes } from './bounces.ts'
import { followBasis } from './follow-basis.ts'
import { addContactMails, addUnsubscribeLinks } from './graphql.ts'
import { forgetExpiredLinks } from './housekeeping.ts'
import { mailOverview } from './overview.ts'
import { unsubscribeRoutes } from './pages/unsubscribe.ts'
import { mailData } from './personal-data.ts'
import { addPreviews } from './previews.ts'
import { contactSamples } from './samples.ts'

/** Mails to contacts, and the links in them. */
export const mails = defineModule({
  name: 'mails',
  needs: ['contacts', 'audit', 'lawfulness'],
  rights: {
    'mails.mail': 'Mails to contacts: what kind, for which purpose, whether they were sent.',
    'mails.previews': 'How the mails read that the product sends: with made-up facts in them, and nobody’s data.',
    'mails.links': 'Links by which contacts end mails for a purpose: to make them for mails that others send.',
  },
  personalData: mailData,
  overview: mailOverview,
  audited: { ContactLink: describeLink },
  basisListener: followBasis,
  routes: (contextOf) => ({ ...unsubscribeRoutes(contextOf), ...bounceRoutes(contextOf) }),
  housekeeping: forgetExpiredLinks,
  mailSamples: contactSamples,
  schema(builder, modules) {
    addContactMails(builder)
    addUnsubscribeLinks(builder)
    addPreviews(builder, modules)
  },
})
