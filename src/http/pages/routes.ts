import { seeOther } from '../answers.ts'
import type { Exchange } from '../exchange.ts'
import type { Route } from '../router.ts'
import { createAccountPage } from './account-page.ts'
import { createLinkPage } from './link-page.ts'
import { createSignInPage } from './sign-in-page.ts'

/** The pages for people. `graphiql`: its path, if it is offered; that is where people go on to then. */
export function pageRoutes(
  identify: (request: Request, exchange: Exchange) => Promise<void>,
  { graphiql }: { graphiql: string | undefined },
): Record<string, Route> {
  const methods = ['GET', 'HEAD']
  return {
    '/': { methods, answer: () => seeOther(graphiql ?? '/account') },
    '/sign-in': { methods, answer: createSignInPage() },
    '/link': { methods, answer: createLinkPage() },
    // Where password managers look for it (W3C, A Well-Known URL for Changing Passwords).
    '/.well-known/change-password': { methods, answer: () => seeOther('/account#password') },
    '/account': { methods, answer: createAccountPage(identify, { graphiql }) },
  }
}
