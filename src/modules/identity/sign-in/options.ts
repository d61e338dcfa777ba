import type { Builder } from '../../../graphql/builder.ts'

/** Where a browser begins to sign in at the identity provider. */
const providerPath = '/sign-in/provider'

/** Adds which ways there are to sign in, for pages that offer them. */
export function addSignInOptions(builder: Builder): void {
  const provider = builder.objectRef<{ name: string }>('ProviderOption').implement({
    description: 'An identity provider to sign in with (OpenID Connect).',
    auth: 'public',
    fields: (t) => ({
      name: t.exposeString('name', { nullable: false, description: 'For people: `Sign in with …`.' }),
      path: t.string({
        nullable: false,
        description: 'Where a browser goes for it, on this host; `?next=/…` says where it comes back to.',
        resolve: () => providerPath,
      }),
    }),
  })
  const options = builder.objectRef<{ passwordReset: boolean; provider: { name: string } | undefined }>('SignInOptions')
  options.implement({
    description: 'The ways to sign in, beside e-mail and password.',
    auth: 'public',
    fields: (t) => ({
      passwordReset: t.exposeBoolean('passwordReset', {
        nullable: false,
        description: 'Who forgot their password gets a link by mail: `requestPasswordReset`.',
      }),
      provider: t.field({
        type: provider,
        nullable: true,
        description: 'The identity provider, if there is one.',
        resolve: ({ provider }) => provider,
      }),
    }),
  })
  builder.queryField('signInOptions', (t) =>
    t.field({
      type: options,
      nullable: false,
      description: 'The ways to sign in that this installation offers.',
      auth: 'public',
      resolve: (_parent, _args, { mail, provider }) => ({ passwordReset: mail, provider }),
    }),
  )
}
