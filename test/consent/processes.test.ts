import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type ClientHttp2Session, connect } from 'node:http2'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type MailServer, startMailServer } from '../mail/mail-server.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { inFolder, lethe, type Run } from '../support/lethe.ts'
import { newsletter, openPartners, type Partners, queries } from './support.ts'

// Processes of the operating system on one database, two at a time, and what they promise when one of them is killed.

let partners: Partners
let mails: MailServer
beforeAll(async () => {
  partners = await openPartners()
  mails = await startMailServer()
})
afterAll(async () => {
  await partners.close()
  await mails.close()
})

const evidence = { kind: 'FORM', text: 'Form 4.' }

type Server = { run: Run; session: ClientHttp2Session }

/** A server process with a data folder of its own, and one connection to it that carries any number of calls. */
async function start(folder: string): Promise<Server> {
  const { config } = partners
  const run = lethe(['serve'], {
    LETHE_DATA: folder,
    PORT: '0',
    ...databaseEnvironment(config.databaseUrl ?? ''),
    LETHE_SECRET: (await readFile(join(config.data, 'secret'), 'utf8')).trim(),
    LETHE_URL: 'https://lethe.example',
    LETHE_SMTP_URL: mails.url,
    LETHE_MAIL_FROM: 'lethe@crm.example',
  })
  const [, url = ''] = await run.says(/Lethe is ready: (https:\/\/localhost:\d+)/)
  const session = connect(url, { ca: await readFile(join(folder, 'tls', 'certificate.pem')) })
  session.on('error', () => undefined) // As when its process is killed; each call tells by itself.
  return { run, session }
}

/** Sends a call, and returns the answer as it came; undefined where none did. */
const send = ({ session }: Server, key = '', act: keyof typeof queries, input: object, origin?: string) =>
  new Promise<string | undefined>((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/graphql',
      'content-type': 'application/json',
      authorization: `Bearer ${key}`,
      ...(origin && { origin }),
    })
    let text = ''
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    stream.on('error', () => resolve(undefined)).on('end', () => resolve(text || undefined))
    stream.end(JSON.stringify({ query: queries[act], variables: { input } }))
  })

it('have one effect of a call however often it comes, lose nothing when they are killed, and do nothing twice', async () => {
  const { shop, contactsWith, events, database } = partners
  const { key } = shop.server
  await inFolder(async (folder) => {
    const [one, two] = await Promise.all(['one', 'two'].map((name) => start(join(folder, name))))
    if (!one || !two) throw new Error('not started')

    // 1,000 at once over both.
    const input = {
      ...{ idempotencyKey: randomUUID(), person: { email: 'often@example.org' } },
      ...{ purposes: [newsletter], evidence },
    }
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_one, index) => send(index % 2 === 0 ? one : two, key, 'give', input)),
    )
    expect([...new Set(answers)]).toEqual([answers[0]])
    expect(JSON.parse(answers[0] ?? '').data.giveConsent.outcomes).toMatchObject([{ state: 'GIVEN' }])
    const ids = await contactsWith('often@example.org')
    expect(ids.length).toBe(1)
    expect(await events(ids[0])).toEqual(['given newsletter by client'])

    // Killed in the midst of calls: whoever got no answer sends the same again, to the other one.
    const calls = Array.from({ length: 40 }, (_one, index) => ({
      ...input,
      idempotencyKey: randomUUID(),
      person: { email: `again${index}@example.org` },
    }))
    let answered = 0
    const first = await Promise.all(
      calls.map(async (call) => {
        const answer = await send(one, key, 'give', call)
        if (answer && ++answered === 5) one.run.child.kill('SIGKILL')
        return answer
      }),
    )
    await one.run.done
    expect(first.filter((answer) => answer === undefined).length).toBeGreaterThan(0)
    const second = await Promise.all(calls.map((call) => send(two, key, 'give', call)))
    for (const [index, answer] of first.entries()) if (answer) expect(second[index]).toBe(answer)
    for (const { person } of calls) {
      const [id, ...more] = await contactsWith(person.email)
      expect([more, await events(id)]).toEqual([[], ['given newsletter by client']])
    }

    // Killed right after the answer: the mail with the link comes all the same, once.
    const { page } = shop
    const wish = { idempotencyKey: randomUUID(), person: { email: 'often@example.org' }, purposes: ['newsletter'] }
    const told = await send(two, page.key, 'withdraw', wish, page.page)
    two.run.child.kill('SIGKILL')
    await two.run.done
    expect(told).toContain('PENDING_CONFIRMATION')
    expect(await database.consentWish.count()).toBe(1)
    const next = await start(join(folder, 'two'))
    const [mail] = await mails.takesFor('often@example.org')
    expect(mail?.text).toContain('/unsubscribe?t=')
    expect(await database.consentWish.count()).toBe(0)
    next.session.close()
    next.run.child.kill('SIGTERM')
    expect((await next.run.done).code).toBe(0)
    expect(mails.taken.length).toBe(1)
  })
})
