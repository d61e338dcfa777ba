import { pagePolicy } from './headers.ts'
import { type Language, signInTexts } from './sign-in-texts.ts'

/** A page to sign in on, in German or English. It changes nothing; its script sends the mutation. */
export function signInPage(request: Request): Response {
  const { html, policy } = pageIn(preferredLanguage(request.headers.get('accept-language') ?? ''))
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      vary: 'Accept-Language',
    },
  })
}

const pages = new Map<Language, { html: string; policy: string }>()

function pageIn(language: Language) {
  const known = pages.get(language)
  if (known) return known
  const html = render(language)
  const page = { html, policy: pagePolicy(html) }
  pages.set(language, page)
  return page
}

/** The one of our languages that is wanted most; English when none is (RFC 9110, section 12.5.4). */
function preferredLanguage(accepted: string): Language {
  const wishes = accepted.split(',').map((wish) => {
    const [range = '', ...parameters] = wish
      .toLowerCase()
      .split(';')
      .map((part) => part.trim())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    return { language: range.split('-')[0], quality: quality === undefined ? 1 : Number(quality) }
  })
  const best = wishes
    .filter(({ language, quality }) => (language === 'de' || language === 'en') && quality > 0)
    .sort((a, b) => b.quality - a.quality)
  return best[0]?.language === 'de' ? 'de' : 'en'
}

function render(language: Language) {
  const text = signInTexts[language]
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title} – Lethe</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
<h1>Lethe</h1>
<form method="post" novalidate>
<label for="email">${text.email}</label>
<input id="email" name="email" type="email" autocomplete="username" required autofocus aria-describedby="message">
<label for="password">${text.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required aria-describedby="message">
<p id="message" role="alert"></p>
<button>${text.button}</button>
</form>
<noscript><p>${text.noScript}</p></noscript>
</main>
<script>${script(JSON.stringify(text))}</script>
</body>
</html>
`
}

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
main { width: min(22rem, 100vw - 3rem); }
h1 { font-weight: 600; letter-spacing: .04em; }
label { display: block; margin: 1rem 0 .4rem; }
input, button { box-sizing: border-box; width: 100%; padding: .6rem .7rem; font: inherit; border-radius: .4rem; border: 1px solid #767676; }
button { margin-top: .5rem; border-color: #2456a6; background: #2456a6; color: #fff; cursor: pointer; }
button[aria-disabled=true] { opacity: .6; cursor: progress; }
:focus-visible { outline: 3px solid #3f7de0; outline-offset: 2px; }
#message { min-height: 1.5rem; margin: .75rem 0 0; color: #c0262d; }
@media (prefers-color-scheme: dark) { #message { color: #ff8f8f; } }
`

// After signing in it goes on to "next", if that is a path on this very host, else to the API.
const script = (texts: string) => `
const texts = ${texts}
const form = document.querySelector('form')
const message = document.getElementById('message')
const button = document.querySelector('button')
const query = 'mutation SignIn($email: String!, $password: String!) { signIn(email: $email, password: $password) { user { id } } }'

function destination() {
  const next = new URLSearchParams(location.search).get('next')
  const url = next && next.startsWith('/') ? URL.parse(next, location.origin) : null
  return url && url.origin === location.origin ? url.href : '/graphql'
}

async function signIn(email, password) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    credentials: 'same-origin',
    body: JSON.stringify({ query, variables: { email, password } }),
  })
  const { data, errors } = await response.json()
  if (data?.signIn) return undefined
  return errors?.[0]?.extensions?.code === 'SIGN_IN_FAILED' ? texts.refused : texts.failed
}

function complain(text, field) {
  message.textContent = text
  for (const input of form.querySelectorAll('input')) input.setAttribute('aria-invalid', String(input === field))
  field.focus()
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  if (button.getAttribute('aria-disabled') === 'true') return
  const { email, password } = form.elements
  message.textContent = ''
  if (!email.value.trim()) return complain(texts.noEmail, email)
  if (!password.value) return complain(texts.noPassword, password)
  button.setAttribute('aria-disabled', 'true')
  const fault = await signIn(email.value.trim(), password.value).catch(() => texts.failed)
  if (fault === undefined) return location.replace(destination())
  button.setAttribute('aria-disabled', 'false')
  password.value = ''
  complain(fault, password)
})
`
