// Takes the picture of GraphiQL that the README shows, with made-up contacts: node test/browser/picture.ts
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inFolder, lethe } from '../support/lethe.ts'
import { graphiql, openBrowser, typeSignIn, visitor } from './browser.ts'

const path = join(import.meta.dirname, '..', 'fixtures', 'graphiql.png')
const [email, password] = ['ada@example.org', 'correct horse battery staple']

await inFolder(async (folder) => {
  const settings = { LETHE_DATA: folder, PORT: '0', LETHE_ADMIN_EMAIL: email, LETHE_ADMIN_PASSWORD: password }
  await lethe(['seed', '--contacts', '120'], settings).done
  const [, url = ''] = await lethe(['serve'], settings).says(/Lethe is ready: (https:\/\/localhost:\d+)/)
  const browser = await openBrowser(await readFile(join(folder, 'tls', 'certificate.pem'), 'utf8'))
  try {
    const { page } = await visitor(browser, url, { viewport: { width: 1600, height: 1000 }, deviceScaleFactor: 0.8 })
    await page.goto('/')
    await typeSignIn(page, email, password)
    const { docs, editor, result, run, readAbout } = graphiql(page)
    await editor.getByText('query Contacts').waitFor()
    await page.reload() // The editor measures a font that is there by now.
    await editor.getByText('query Contacts').waitFor()
    await run()
    await result.getByText('"totalCount"').waitFor()
    await readAbout('Contact')
    await docs.getByText('the data subject').waitFor()
    await editor.getByText('emails', { exact: true }).hover()
    await editor.getByText('Right: read').waitFor()
    await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
  } finally {
    await browser.remove()
  }
})
