import { execFile } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
  type Request,
} from 'playwright-core'

/** The npm package has a browser for this system only. */
export const browserIsThere = process.platform === 'linux' && process.arch === 'x64'

export type RemovableBrowser = Browser & { remove: () => Promise<void> }

/**
 * A browser of its own, from the npm package, that trusts the servers with these certificates. It needs nothing else of the
 * machine than Debian's base: not even libsqlite3, as it does when it has to judge certificates by itself.
 */
export async function openBrowser(...certificates: readonly string[]): Promise<RemovableBrowser> {
  const program = await unpack()
  const folder = await mkdtemp(join(tmpdir(), 'lethe-browser-'))
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 })
  try {
    const fontconfig = join(folder, 'fonts.conf')
    await writeFile(fontconfig, fontsIn([join(program, 'fonts'), '/usr/share/fonts'], join(folder, 'fonts-cache')))
    const browser = await chromium.launch({
      executablePath: join(program, 'chromium'),
      args: [
        '--disable-gpu',
        `--ignore-certificate-errors-spki-list=${certificates.map(keyHash).join()}`,
        // No name but ours has an address: whatever the browser would like to tell its maker, it can't.
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost',
      ],
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        TMPDIR: folder,
        LD_LIBRARY_PATH: join(program, 'al2023', 'lib'),
        FONTCONFIG_FILE: fontconfig,
      },
    })
    return Object.assign(browser, { remove: () => browser.close().finally(remove) })
  } catch (error) {
    await remove()
    throw error
  }
}

/** Gone with the packages, whenever `npm ci` brings others. */
const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

/** Unpacks the browser and its libraries, which the package does only where it believes to be on AWS. Returns their folder. */
async function unpack() {
  const unpacked = join(cache, 'lethe-browser')
  if (await isThere(unpacked)) return unpacked
  await mkdir(cache, { recursive: true })
  // A folder of its own until it is whole, as others may be unpacking at the same time.
  const folder = await mkdtemp(join(cache, 'lethe-unpacking-'))
  const script = fileURLToPath(new URL('./unpack.ts', import.meta.url))
  await promisify(execFile)(process.execPath, [script], {
    env: { TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
  })
  try {
    await rename(folder, unpacked)
  } catch (error) {
    if (!(await isThere(unpacked))) throw error
    await rm(folder, { recursive: true })
  }
  return unpacked
}

const isThere = (folder: string) =>
  access(folder).then(
    () => true,
    () => false,
  )

function keyHash(certificate: string) {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}

const fontsIn = (folders: readonly string[], cache: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>${folders.map((folder) => `<dir>${folder}</dir>`).join('')}<cachedir>${cache}</cachedir></fontconfig>
`

export type Visitor = { context: BrowserContext; page: Page; complaints: string[] }

/** Somebody with a browser profile of their own, and whatever the browser finds fault with while they visit. */
export async function visitor(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', ...options })
  const complaints: string[] = []
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol.startsWith('http') && origin !== url) complaints.push(`asks ${request.url()}`)
  })
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
  await context.exposeFunction('complain', (text: string) => complaints.push(text))
  await context.addInitScript(`addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    complain(violatedDirective + ' blocks ' + blockedURI))`)
  return { context, page: await context.newPage(), complaints }
}

/** Signs in as a person with a keyboard does. */
export async function typeSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.locator('#email:focus').waitFor()
  await page.keyboard.press('Control+A')
  await page.keyboard.type(email)
  await page.keyboard.press('Tab')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
}

/** What came back for an operation; it has to have data. */
// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Answer = { data: any; errors?: { path: unknown; extensions: { code: string } }[] }

/** GraphiQL, as its user knows it. */
export function graphiql(page: Page) {
  const editor = page.getByRole('region', { name: 'Operation Editor' })
  return {
    tabs: page.getByRole('tab'),
    editor,
    result: page.getByRole('region', { name: 'Result Window' }),
    docs: page.getByRole('region', { name: 'Documentation Explorer' }),

    /** Runs what is in the editor, from the keyboard. */
    run: async (): Promise<Answer> => {
      for (;;) {
        const sent = page.waitForRequest(isOperation, { timeout: 500 }).catch(() => undefined)
        await editor.getByRole('textbox').press('Control+Enter')
        const response = await (await sent)?.response()
        if (response) return response.json()
        // GraphiQL sees what is in the editor a moment later than its user, and refuses until then.
      }
    },

    /** Opens the documentation at this type. */
    readAbout: async (type: string): Promise<void> => {
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
      await page.getByRole('combobox').fill(type)
      await page.getByRole('option', { name: type, exact: true }).click()
    },
  }
}

const isOperation = (request: Request) =>
  request.method() === 'POST' && request.postDataJSON().operationName !== 'IntrospectionQuery'
