import { seeOther } from '../answers.ts'
import type { Exchange } from '../exchange.ts'
import { accountDialogs } from './account-dialogs.ts'
import { accountTexts } from './account-texts.ts'
import { createPage } from './page.ts'
import { errorText, newPasswordField } from './parts.ts'

/** What the account page says, in one language. */
export type AccountTexts = Readonly<(typeof accountTexts)['en']>

/** A page where people look after their own account. Who isn't signed in is sent to do that. */
export function createAccountPage(
  identify: (request: Request, exchange: Exchange) => Promise<void>,
  { graphiql }: { graphiql: string | undefined },
): (request: Request, exchange: Exchange) => Promise<Response> {
  const page = createPage({
    texts: accountTexts,
    body: (text) => body(text, graphiql) + accountDialogs(text),
    script: new URL('./scripts/account.js', import.meta.url),
    wide: true,
  })
  return async (request, exchange) => {
    await identify(request, exchange)
    if (exchange.caller?.actor.kind !== 'user') return seeOther('/sign-in?next=%2Faccount')
    return page(request)
  }
}

const body = (text: AccountTexts, graphiql: string | undefined) => `<h1>${text.title}</h1>
<p class="error" role="alert" id="load-error"></p>
<div id="account" hidden>
<section id="you" aria-labelledby="you-title">
<h2 id="you-title" tabindex="-1"></h2>
<dl>
<dt>${text.email}</dt><dd id="my-email"></dd>
<dt>${text.roles}</dt><dd id="my-roles"></dd>
</dl>
${errorText('you')}
<div class="buttons">
${graphiql ? `<a class="button secondary" href="${graphiql}">${text.graphiql}</a>` : ''}
<button type="button" class="secondary" id="sign-out">${text.signOut}</button>
</div>
</section>

<section id="password" aria-labelledby="password-title">
<h2 id="password-title" tabindex="-1">${text.changePassword}</h2>
<form method="post" novalidate>
<input name="username" autocomplete="username" hidden readonly>
${newPasswordField(text, 'password-error')}
${errorText('password')}
<p class="notice" role="status"></p>
<button>${text.changePassword}</button>
</form>
</section>

<section id="factors" aria-labelledby="factors-title">
<h2 id="factors-title" tabindex="-1">${text.secondFactors}</h2>
<p class="hint">${text.secondFactorsHint}</p>
${errorText('factors')}
<p class="notice" role="status"></p>
<h3>${text.passkeys}</h3>
<p class="hint">${text.passkeysHint}</p>
<p id="no-passkeys">${text.noPasskeysYet}</p>
<ul class="rows" id="passkeys"></ul>
<button type="button" class="secondary" id="add-passkey">${text.addPasskey}</button>
<h3>${text.app}</h3>
<p id="app-state"></p>
<button type="button" class="secondary" id="set-up-app">${text.setUpApp}</button>
<button type="button" class="secondary" id="remove-app">${text.removeApp}</button>
<div id="recovery">
<h3>${text.recoveryCodes}</h3>
<p id="recovery-state"></p>
<button type="button" class="secondary" id="renew-codes">${text.renewRecoveryCodes}</button>
</div>
</section>

<section id="sessions" aria-labelledby="sessions-title">
<h2 id="sessions-title" tabindex="-1">${text.sessions}</h2>
${errorText('sessions')}
<p class="notice" role="status"></p>
<ul class="rows" id="session-list"></ul>
<button type="button" class="secondary" id="sign-out-everywhere">${text.signOutEverywhere}</button>
</section>
</div>

<template id="row"><li><div><p class="row-title"></p><p class="hint"></p></div><button type="button" class="secondary"></button></li></template>
`
