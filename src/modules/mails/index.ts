import { defineModule } from '../module.ts'
import { describeLink } from './audited.ts'
import { followBasis } from './follow-basis.ts'
import { addContactMails, addUnsubscribeLinks } from './graphql.ts'
import { forgetExpiredLinks } from './housekeeping.ts'
import { mailOverview } from './overview.ts'
import { unsubscribeRoutes } from './pages/unsubscribe.ts'
import { mailData } from './personal-data.ts'

/** Mails to contacts, and the links in them. */
export const mails = defineModule({
  name: 'mails',
  needs: ['contacts', 'audit', 'lawfulness'],
  rights: {
    'mails.mail': 'Mails to contacts: what kind, for which purpose, whether they were sent.',
    'mails.links': 'Links by which contacts end mails for a purpose: to make them for mails that others send.',
  },
  personalData: mailData,
  overview: mailOverview,
  audited: { ContactLink: describeLink },
  basisListener: followBasis,
  routes: unsubscribeRoutes,
  housekeeping: forgetExpiredLinks,
  schema(builder) {
    addContactMails(builder)
    addUnsubscribeLinks(builder)
  },
})
