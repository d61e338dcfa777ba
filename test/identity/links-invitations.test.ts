import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { startTestApp } from '../support/app.ts'
import {
  codesOf,
  former,
  type LinksApp,
  linkForm,
  newAddress,
  password,
  publicUrl,
  startLinksApp,
  tokenIn,
} from './links-support.ts'

let lethe: LinksApp
beforeAll(async () => {
  lethe = await startLinksApp()
})
afterAll(() => lethe?.close())

describe('an invitation', () => {
  test('leads from the mail to the first sign-in', async () => {
    const email = newAddress()
    const { data } = await lethe.invite({ email, name: 'Zqjo <b>', roles: ['editor'] })
    expect(data.inviteUser).toMatchObject({ user: { email, language: 'en', hasPassword: false }, link: null })
    expect(codesOf(await lethe.signIn(email, ''))).toEqual(['SIGN_IN_FAILED'])

    const [mail] = await lethe.mails.takesFor(email)
    expect(mail?.subject).toBe('Invitation to Lethe')
    expect(mail?.text).toMatch(/^Hello Zqjo <b>,\n\nAdministrator has made an account for you/)
    expect(mail?.text).toMatch(/works until \w+day,? \d{1,2} \w+ \d{4} at \d\d:\d\d \S+, and only once/)
    expect(mail?.html).toContain('<html lang="en">')
    expect(mail?.html).toContain('Hello Zqjo &lt;b&gt;,')
    expect(mail?.html).not.toMatch(/<img|<script|<link|src=|url\(/)
    const token = tokenIn(mail)

    const seen = (await lethe.look(token)).data.lookAtLink
    expect(seen).toMatchObject({ purpose: 'INVITATION', email, name: 'Zqjo <b>' })
    expect(Math.round((Date.parse(seen.expiresAt) - Date.now()) / 3_600_000)).toBe(7 * 24)
    expect((await lethe.use(token)).data.useLink).toMatchObject({ user: { email }, challenge: null })
    const { token: bearer } = (await lethe.signIn(email, password)).data.signIn
    const me = await lethe.app.graphql('{ me { email roles { key } } }', {}, bearer)
    expect(me.data.me).toEqual({ email, roles: [{ key: 'editor' }] })
  })

  test('speaks German to who does', async () => {
    const email = newAddress()
    await lethe.invite({ email, name: 'Zqfrieda', language: 'de' })
    const [mail] = await lethe.mails.takesFor(email)
    expect(mail?.subject).toBe('Einladung zu Lethe')
    expect(mail?.text).toMatch(/^Guten Tag Zqfrieda,\n\nAdministrator hat ein Konto/)
    expect(mail?.text).toMatch(/Der Link gilt bis \w+, \d{1,2}\. \S+ \d{4} um \d\d:\d\d \S+, und nur einmal/)
    expect(mail?.html).toContain('<html lang="de">')
    expect(codesOf(await lethe.invite({ email: newAddress(), language: 'fr' }))).toEqual(['INVALID_INPUT'])
  })

  test('can be sent again; then the former link is worth nothing', async () => {
    const email = newAddress()
    const { user } = (await lethe.invite({ email })).data.inviteUser
    const [first] = await lethe.mails.takesFor(email)
    expect((await lethe.inviteAgain(user.id)).data.sendInvitation).toEqual({ user: { id: user.id }, link: null })
    const [, second] = await lethe.mails.takesFor(email, 2)
    expect(codesOf(await lethe.use(tokenIn(first)))).toEqual(['LINK_INVALID'])
    expect((await lethe.use(tokenIn(second))).data.useLink.user.email).toBe(email)
    expect(codesOf(await lethe.inviteAgain(user.id))).toEqual(['INVALID_INPUT'])
  })

  test('gives nobody more than who invites them has, nor an account that does', async () => {
    const manager = await roleOf([
      { right: 'identity.users', read: true, write: true },
      { right: 'identity.roles', read: true, write: true },
    ])
    const { email: address } = await lethe.newUser(newAddress(), { roles: [manager] })
    const { token } = (await lethe.signIn(address, former)).data.signIn
    const email = newAddress()
    expect(codesOf(await lethe.invite({ email, roles: ['administrator'] }, token))).toEqual(['FORBIDDEN'])
    expect(await lethe.app.database.user.count({ where: { email } })).toBe(0)
    const { user } = (await lethe.invite({ email, roles: ['administrator'] })).data.inviteUser
    expect(codesOf(await lethe.inviteAgain(user.id, token))).toEqual(['FORBIDDEN'])
    expect((await lethe.invite({ email: newAddress(), roles: [manager] }, token)).errors).toBeUndefined()
    expect(codesOf(await lethe.invite({ email: newAddress() }, ''))).toEqual(['UNAUTHENTICATED'])
  })

  test('is not made where the user can’t be, and says why', async () => {
    const email = newAddress()
    await lethe.invite({ email })
    const again = await lethe.invite({ email })
    expect(again.errors?.[0].extensions).toMatchObject({ code: 'INVALID_INPUT', faults: [{ field: 'email' }] })
    await lethe.mails.takesFor(email)
    expect(await lethe.app.database.signInLink.count({ where: { user: { email } } })).toBe(1)
  })

  test('that waits to be sent is counted', async () => {
    const mail = { smtpUrl: lethe.mails.url, from: 'lethe@crm.example' }
    const waiting = await startTestApp({ config: { mail, publicUrl } })
    await lethe.invite({ email: newAddress() }, await waiting.signIn(), waiting)
    const page = await (await waiting.app.fetch(new Request(`${waiting.url}/metrics`))).text()
    expect(page).toMatch(/^lethe_queue_waiting\{queue="mails"\} 1$/m)
    // At the first reading already.
    expect(page).toMatch(/^lethe_queue_oldest_seconds\{queue="mails"\} (0\.\d*[1-9]\d*|[1-9][\d.]*)$/m)
    expect(page).toMatch(/^lethe_queue_given_up\{queue="mails"\} 0$/m)
    await waiting.close()
  })

  test('is handed over by hand where no mail can be sent', async () => {
    const silent = await startTestApp({ config: { publicUrl } })
    const token = await silent.signIn()
    const { user, link } = (await lethe.invite({ email: newAddress() }, token, silent)).data.inviteUser
    const again = (await lethe.inviteAgain(user.id, token, silent)).data.sendInvitation.link
    expect([link, again]).toEqual([expect.stringMatching(linkForm), expect.stringMatching(linkForm)])
    expect(codesOf(await lethe.use(link.split('#')[1], password, silent))).toEqual(['LINK_INVALID'])
    expect((await lethe.use(again.split('#')[1], password, silent)).errors).toBeUndefined()
    for (const email of ['ada@example.org', newAddress()]) {
      const asked = await silent.graphql(`mutation { requestPasswordReset(email: "${email}") }`)
      expect([asked.data, codesOf(asked)]).toEqual([{ requestPasswordReset: null }, ['UNAVAILABLE']])
    }
    expect(await silent.database.outgoingMail.count()).toBe(0)
    await silent.close()
  })
})

/** Makes a role with these grants; returns its key. */
async function roleOf(grants: { right: string; read: boolean; write: boolean }[]): Promise<string> {
  const id = uuidv7()
  await transact(lethe.work(), 'test', async (tx) => {
    await tx.role.create({ data: { id, key: id, name: id } })
    await tx.grant.createMany({ data: grants.map((grant) => ({ roleId: id, ...grant })) })
  })
  return id
}
