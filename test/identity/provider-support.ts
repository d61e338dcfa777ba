import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { ProviderConfig } from '../../src/config.ts'
import { type GraphqlAnswer, startTestApp, type TestApp } from '../support/app.ts'
import { type Browser, createBrowser } from '../support/cookies.ts'
import { providerConfig, startTestProvider, type TestProvider } from '../support/provider.ts'

/** A product and a provider to sign in with, both over HTTPS. */
export type Setup = {
  provider: TestProvider
  app: TestApp
  browser: () => Browser
  /** Signs somebody in with the provider; `error` is the code for the page for signing in. */
  signIn: (subject: string, options?: { next?: string; browser?: Browser }) => Promise<SignInResult>
  /** Sends an operation with a browser's cookie. */
  graphql: (browser: Browser, query: string, variables?: object) => Promise<GraphqlAnswer>
  /** Who is signed in there, with the keys of their roles. */
  me: (browser: Browser) => Promise<{ id: string; email: string; name: string; roles: string[] } | null>
  close: () => Promise<void>
}

export type SignInResult = { browser: Browser; url: URL; status: number; body: string; error: string | null }

/** Starts both. Node trusts the provider's certificate from then on, as it does by NODE_EXTRA_CA_CERTS. */
export async function startSetup(further: Partial<ProviderConfig> = {}): Promise<Setup> {
  const provider = await startTestProvider()
  setDefaultCACertificates([...getCACertificates('default'), provider.ca])
  const app = await startTestApp({
    // Mails are queued, and nobody sends them.
    config: {
      provider: providerConfig(provider.issuer, further),
      mail: { smtpUrl: 'smtp://localhost:1', from: 'Lethe <lethe@example.org>' },
    },
  })
  provider.serve(app.url)
  const browser = () => createBrowser(app.ca, provider.ca)
  const graphql = async (signedIn: Browser, query: string, variables = {}) => {
    const cookie = `__Host-lethe=${signedIn.cookies(app.url).get('__Host-lethe')}`
    const headers = { 'content-type': 'application/json', cookie }
    const body = JSON.stringify({ query, variables })
    const response = await app.app.fetch(new Request(`${app.url}/graphql`, { method: 'POST', headers, body }))
    return { status: response.status, headers: response.headers, ...(await response.json()) }
  }
  return {
    provider,
    app,
    browser,
    signIn: async (subject, options = {}) => {
      const own = options.browser ?? browser()
      provider.answer = { subject }
      const query = options.next === undefined ? '' : `?${new URLSearchParams({ next: options.next })}`
      const { url: end, status, body } = await own.open(`${app.url}/sign-in/provider${query}`)
      const url = new URL(end)
      return { browser: own, url, status, body, error: url.searchParams.get('error') }
    },
    graphql,
    me: async (signedIn) => {
      const { data } = await graphql(signedIn, '{ me { id email name roles { key } } }')
      return data.me && { ...data.me, roles: data.me.roles.map(({ key }: { key: string }) => key) }
    },
    close: async () => {
      await app.close()
      await provider.stop()
    },
  }
}
