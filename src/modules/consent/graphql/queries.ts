import type { Builder } from '../../../graphql/builder.ts'
import { type ConsentOffer, consentOffers } from '../acts/offers.ts'
import { type OwnConsent, ownConsents } from '../acts/own-consents.ts'
import { askerOf } from '../guard/asker.ts'
import { type Challenge, challengeFor } from '../guard/work.ts'
import type { addConsentState } from './types.ts'

/** What a client may ask for, the work that it has to do, and what came of a visitor’s request. */
export function addConsentQueries(builder: Builder, state: ReturnType<typeof addConsentState>): void {
  const auth = { read: 'consent.consents' }
  const notice = builder.objectRef<NonNullable<ConsentOffer['notice']>>('ConsentNotice').implement({
    description: 'The text that a person has to be shown, and that their consent is about.',
    auth: 'public', // As a partner's page shows it.
    fields: (t) => ({
      version: t.exposeInt('version', { nullable: false, description: 'Counts up from 1.' }),
      language: t.exposeString('language', { nullable: false, description: 'BCP 47.' }),
      text: t.exposeString('text', { nullable: false, description: 'The text.' }),
      sha256: t.exposeString('sha256', { nullable: false, description: 'SHA-256 of the text in UTF-8, as hex.' }),
    }),
  })
  const offer = builder.objectRef<ConsentOffer>('ConsentOffer').implement({
    description: 'A purpose that this client may ask consent for.',
    auth,
    fields: (t) => ({
      purpose: t.exposeString('purpose', { nullable: false, description: 'Its key.' }),
      name: t.exposeString('name', { nullable: false, description: 'Its name for people.' }),
      description: t.exposeString('description', { nullable: false, description: 'What it is; empty if nobody said.' }),
      parent: t.exposeString('parent', { nullable: true, description: 'The key of the purpose that it is part of.' }),
      notice: t.field({
        type: notice,
        nullable: true,
        description: 'What the person has to be shown; null: it has none.',
        resolve: (found) => found.notice,
      }),
    }),
  })
  const challenge = builder.objectRef<Challenge>('ConsentChallenge').implement({
    description:
      'Work for a page, against form spam: find a number so that SHA-256 of `<challenge>:<number>` begins with `difficulty` zero bits, and send ' +
      '`<challenge>:<number>` as `proofOfWork`.',
    auth,
    fields: (t) => ({
      challenge: t.exposeString('challenge', { nullable: false, description: 'Works once.' }),
      difficulty: t.exposeInt('difficulty', { nullable: false, description: 'How many bits; 20 at most.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: false, description: 'In ten minutes.' }),
    }),
  })
  const own = builder.objectRef<OwnConsent>('OwnConsent').implement({
    description: 'What came of a visitor’s request, for one purpose.',
    auth: 'public',
    fields: (t) => ({
      purpose: t.exposeString('purpose', { nullable: false, description: 'The key of the purpose.' }),
      state: t.expose('state', { type: state, nullable: false, description: 'Where the consent stands now.' }),
      since: t.expose('since', { type: 'DateTime', nullable: false, description: 'Since when.' }),
      notice: t.field({
        type: notice,
        nullable: true,
        description: 'What the person was shown.',
        resolve: ({ noticeId: id }, _args, { database }) => (id ? database.notice.findUnique({ where: { id } }) : null),
      }),
    }),
  })
  builder.queryFields((t) => ({
    consentOffers: t.field({
      type: [offer],
      nullable: true,
      auth,
      description: 'The purposes that this client may ask consent for, with what has to be shown.',
      args: {
        purposes: t.arg.stringList({ description: 'Only these, in this order.' }),
        language: t.arg.string({ description: 'BCP 47: `de`. Without a text in it: English, or whichever there is.' }),
      },
      resolve: (_root, { purposes, language }, context) =>
        consentOffers(context, { ...(purposes && { purposes }), ...(language && { language }) }),
    }),
    consentChallenge: t.field({
      type: challenge,
      nullable: true,
      auth,
      description:
        'What a page has to work on before it calls; null if its client asks for nothing. Users get one to look at, without work.',
      resolve: async (_root, _args, context) => {
        const { client } = await askerOf(context)
        if (!client) return challengeFor(context, { id: '', proofOfWork: 0 })
        return client.proofOfWork > 0 ? challengeFor(context, client) : null
      },
    }),
    ownConsents: t.field({
      type: [own],
      nullable: false,
      auth: 'public',
      description:
        'What came of the request with this token, of `giveConsent`. Nothing for a token that is unknown or over.',
      args: { token: t.arg.string({ required: true, description: 'As `giveConsent` answered it.' }) },
      resolve: (_root, { token }, context) => ownConsents(context, token),
    }),
  }))
}
