import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { linkFor } from '../../src/modules/identity/links/invite.ts'
import { withClient } from '../support/database.ts'
import { everythingIn, systemEntries } from '../support/log.ts'
import {
  codesOf,
  former,
  globalId,
  type LinksApp,
  linkForm,
  newAddress,
  password,
  startLinksApp,
  tokenIn,
} from './links-support.ts'

let lethe: LinksApp
beforeAll(async () => {
  lethe = await startLinksApp()
})
afterAll(() => lethe?.close())

describe('a link', () => {
  test('ASVS 6.4.1: reads the same whether it was used, replaced, too old, taken back, or never made', async () => {
    const made = async (spoil: (email: string, id: string, token: string) => Promise<unknown>) => {
      const { email, id } = await lethe.newUser()
      const token = await lethe.resetToken(email)
      await spoil(email, id, token)
      return token
    }
    const change = (query: string) => async (_email: string, id: string) =>
      expect(
        (await lethe.app.graphql(query, { id: globalId(id), email: newAddress() }, lethe.admin)).errors,
      ).toBeUndefined()
    const tokens = [
      randomBytes(32).toString('base64url'),
      '',
      "' OR true --",
      await made((_email, _id, token) => lethe.use(token)),
      await made(lethe.resetToken),
      await made((_email, id) => expire(id)),
      await made((_email, id) => disable(id)),
      await made(
        change('mutation ($id: ID!, $email: String!) { updateUser(id: $id, input: { email: $email }) { id } }'),
      ),
      await made(changePassword),
    ]
    const answers: { message: string; code: string; keys: string[] }[] = []
    for (const token of tokens) {
      for (const answer of [await lethe.look(token), await lethe.use(token)]) {
        const { message, extensions } = answer.errors?.[0] ?? {}
        answers.push({ message, code: extensions?.code, keys: Object.keys(extensions ?? {}) })
      }
    }
    expect(answers[0]?.code).toBe('LINK_INVALID')
    expect(answers).toEqual(answers.map(() => answers[0]))
  })

  test('is used once, however many try at once', async () => {
    const { email, id } = await lethe.newUser()
    const token = await lethe.resetToken(email)
    const tries = await Promise.all(Array.from({ length: 8 }, (_, index) => lethe.use(token, `${password} ${index}`)))
    const winners = tries.flatMap(({ data }, index) => (data.useLink ? [index] : []))
    expect(winners).toHaveLength(1)
    expect(tries.flatMap((answer) => codesOf(answer) ?? [])).toEqual(Array(7).fill('LINK_INVALID'))
    expect((await lethe.signIn(email, `${password} ${winners[0]}`)).data.signIn.token).toMatch(/^ey/)
    expect(await lethe.app.database.signInLink.count({ where: { userId: id, usedAt: { not: null } } })).toBe(1)
  })

  test('of several that are asked for at once, one is good', async () => {
    const { email, id } = await lethe.newUser()
    await Promise.all([lethe.askForReset(email), lethe.askForReset(email), lethe.askForReset(email)])
    const tokens = (await lethe.mails.takesFor(email, 3)).map(tokenIn)
    const answers = await Promise.all(tokens.map(lethe.look))
    expect(answers.filter(({ data }) => data.lookAtLink)).toHaveLength(1)
    expect(await lethe.app.database.signInLink.count({ where: { userId: id } })).toBe(3)
  })

  test('that is opened or looked at changes nothing', async () => {
    const { email } = await lethe.newUser()
    const token = await lethe.resetToken(email)
    const before = await everythingIn(lethe.databaseUrl)
    for (const method of ['GET', 'HEAD']) {
      expect((await lethe.app.app.fetch(new Request(`${lethe.app.url}/link`, { method }))).status).toBe(200)
    }
    for (let time = 0; time < 3; time++) expect((await lethe.look(token)).data.lookAtLink.email).toBe(email)
    expect(await everythingIn(lethe.databaseUrl)).toBe(before)
  })

  test('is in the audit log, by whom it was made and used, and tells nobody how to use it', async () => {
    const { email, id } = await lethe.newUser()
    await lethe.use(await lethe.resetToken(email))
    const entries = await systemEntries(lethe.app.database, { entity: 'SignInLink' })
    const made = entries.find(({ changes }) => changes['user']?.new === id)
    expect(made).toMatchObject({ operation: 'requestPasswordReset', actorKind: 'anonymous', action: 'created' })
    const used = await lethe.app.database.systemAuditEntry.findMany({
      where: { entityId: made?.entityId ?? '', operation: 'useLink' },
    })
    expect(used).toMatchObject([{ actorKind: 'user', actorId: id, action: 'updated', fields: ['usedAt'] }])
  })

  test('stands nowhere in the clear: neither in the database nor in the log', async () => {
    const email = newAddress()
    await lethe.invite({ email, name: 'Zqhidden' })
    const [mail] = await lethe.mails.takesFor(email)
    const token = tokenIn(mail)
    await lethe.look(token)
    await lethe.use(token)
    const stored = await everythingIn(lethe.databaseUrl)
    expect(stored).toContain(email)
    const log = JSON.stringify(lethe.app.logged)
    expect(log).toContain('mail sent')
    for (const text of [stored, log]) expect(text).not.toContain(token)
    for (const personal of [email, 'Zqhidden', 'Invitation to']) expect(log).not.toContain(personal)
    expect(
      await withClient(lethe.databaseUrl, (client) =>
        client.query('SELECT m::text FROM outgoing_mail m WHERE m::text LIKE $1', [`%${email}%`]),
      ),
    ).toMatchObject({ rowCount: 0 })
  })

  test('is made by the operator for who got no mail', async () => {
    const { email } = await lethe.newUser()
    const operator = { ...lethe.work(), actor: { kind: 'operator', id: null } as const }
    const first = await linkFor(operator, email.toUpperCase())
    const { url, purpose } = await linkFor(operator, email)
    expect([purpose, url]).toEqual(['password-reset', expect.stringMatching(linkForm)])
    expect(codesOf(await lethe.use(first.url.split('#')[1] ?? ''))).toEqual(['LINK_INVALID'])
    expect((await lethe.use(url.split('#')[1] ?? '')).data.useLink.user.email).toBe(email)
    await expect(linkFor(operator, newAddress())).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  const disable = (id: string) =>
    transact(lethe.work(), 'test', (tx) => tx.user.update({ where: { id }, data: { disabledAt: new Date() } }))

  const expire = (userId: string) =>
    transact(lethe.work(), 'test', (tx) =>
      tx.signInLink.updateMany({ where: { userId }, data: { expiresAt: new Date() } }),
    )

  async function changePassword(email: string) {
    const { token } = (await lethe.signIn(email, former)).data.signIn
    const changed = await lethe.app.graphql(
      `mutation { changePassword(newPassword: "${password}") { token } }`,
      {},
      token,
    )
    expect(changed.errors).toBeUndefined()
  }
})
