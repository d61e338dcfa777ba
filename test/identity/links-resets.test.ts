import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { untilAllIsDone } from '../../src/afterwards.ts'
import { transact } from '../../src/database/transact.ts'
import { withClient } from '../support/database.ts'
import { codeOf } from './factors-support.ts'
import { codesOf, former, globalId, type LinksApp, newAddress, password, startLinksApp } from './links-support.ts'

let lethe: LinksApp
beforeAll(async () => {
  lethe = await startLinksApp()
})
afterAll(() => lethe?.close())

describe('a new password by mail', () => {
  test('ASVS 6.3.7: ends every session, tells the user, and lets the old one in no more', async () => {
    const { email } = await lethe.newUser()
    const { token: bearer } = (await lethe.signIn(email, former)).data.signIn
    const token = await lethe.resetToken(email)
    expect((await lethe.look(token)).data.lookAtLink).toMatchObject({ purpose: 'PASSWORD_RESET', email })
    expect((await lethe.use(token)).data.useLink.user.email).toBe(email)
    expect(codesOf(await lethe.app.graphql('{ me { email } }', {}, bearer))).toEqual(['UNAUTHENTICATED'])
    expect(codesOf(await lethe.signIn(email, former))).toEqual(['SIGN_IN_FAILED'])
    expect((await lethe.signIn(email, password)).data.signIn.token).toMatch(/^ey/)
    const [, notice] = await lethe.mails.takesFor(email, 2)
    expect([notice?.subject, notice?.text]).toEqual([
      'Your password for Lethe was changed',
      expect.stringContaining('It was not you?'),
    ])
    expect(notice?.html).not.toContain('/link')
  })

  test('ASVS 6.4.3: does not stand in for the second factor', async () => {
    const { email, id } = await lethe.newUser()
    const { token: bearer } = (await lethe.signIn(email, former)).data.signIn
    const { secret } = (await lethe.app.graphql('mutation { startTotp { secret } }', {}, bearer)).data.startTotp
    const code = codeOf(secret, Date.now() - 30_000)
    await lethe.app.graphql(
      'mutation ($code: String!) { confirmTotp(code: $code) { recoveryCodes } }',
      { code },
      bearer,
    )

    const { token, user, challenge } = (await lethe.use(await lethe.resetToken(email), 'zebra8sky')).data.useLink
    expect([token, user, challenge.factors]).toEqual([null, null, ['TOTP', 'RECOVERY_CODE']])
    expect(await lethe.app.database.session.count({ where: { userId: id, endedAt: null } })).toBe(0)
    const completed = await lethe.app.graphql(
      'mutation ($challenge: String!, $totp: String!) { completeSignIn(challenge: $challenge, factor: { totp: $totp }) { user { email } } }',
      { challenge: challenge.token, totp: codeOf(secret) },
    )
    expect(completed.data.completeSignIn.user.email).toBe(email)
  })

  test('has to keep the rules; until it does, the link is good', async () => {
    const { email } = await lethe.newUser()
    const token = await lethe.resetToken(email)
    for (const weak of ['short', 'zebra8sky', 'my zqname is in here', 'x'.repeat(1001)]) {
      expect((await lethe.use(token, weak)).errors?.[0].extensions).toMatchObject({
        code: 'INVALID_INPUT',
        faults: [{ field: 'password' }],
      })
    }
    expect((await lethe.use(token)).data.useLink.user.email).toBe(email)
  })

  test('is nothing for who signs in elsewhere, and they are told', async () => {
    const { email, id } = await lethe.newUser()
    const external = { id: uuidv7(), userId: id, issuer: 'https://id.example', subject: 'zq' }
    await transact(lethe.work(), 'test', async (tx) => {
      await tx.user.update({ where: { id }, data: { passwordHash: '', passwordSetAt: null } })
      await tx.externalIdentity.create({ data: external })
    })
    await lethe.askForReset(email)
    const [mail] = await lethe.mails.takesFor(email)
    expect([mail?.subject, mail?.text]).toEqual(['Signing in to Lethe', expect.stringContaining('has no password')])
    expect(`${mail?.text}${mail?.html}`).not.toContain('/link')
    expect(codesOf(await lethe.inviteAgain(globalId(id)))).toEqual(['INVALID_INPUT'])
  })
})

describe('asking for a new password', () => {
  test('ASVS 6.3.8: answers before it looks whether there is such a user', async () => {
    const { email } = await lethe.newUser()
    const gone = await lethe.newUser()
    await lethe.app.graphql(
      'mutation ($id: ID!) { disableUser(id: $id) { id } }',
      { id: globalId(gone.id) },
      lethe.admin,
    )
    const queued = await lethe.app.database.outgoingMail.count()
    await withClient(lethe.databaseUrl, async (client) => {
      await client.query('BEGIN; LOCK TABLE user_account')
      const asked = await Promise.all(
        [email, newAddress(), gone.email, 'no address'].map((one) => lethe.askForReset(one)),
      )
      for (const answer of asked) {
        expect([answer.status, answer.data, answer.errors]).toEqual([200, { requestPasswordReset: true }, undefined])
      }
      await client.query('COMMIT')
    })
    await untilAllIsDone()
    await lethe.mails.takesFor(email)
    expect(await lethe.app.database.outgoingMail.count()).toBe(queued + 1)
  })

  test('floods no mailbox, from however many addresses it is done', async () => {
    const { email } = await lethe.newUser()
    const asked = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        lethe.askForReset(index % 2 ? email : email.toUpperCase(), `192.0.2.${index}`),
      ),
    )
    for (const { data } of asked) expect(data).toEqual({ requestPasswordReset: true })
    await untilAllIsDone()
    expect(await lethe.app.database.signInLink.count({ where: { user: { email } } })).toBe(3)
    await lethe.mails.takesFor(email, 3)
  })

  test('is refused to who asks for everybody, whoever these are', async () => {
    const network = '2001:db8:0:2:'
    const asked = await Promise.all(
      Array.from({ length: 25 }, (_, index) => lethe.askForReset(newAddress(), `${network}:${index}`)),
    )
    expect(asked.filter(({ data }) => data?.requestPasswordReset)).toHaveLength(20)
    expect(codesOf(await lethe.askForReset(newAddress(), `${network}:ffff`))).toEqual(['TOO_MANY_ATTEMPTS'])
    expect((await lethe.askForReset(newAddress(), '2001:db8:0:3::1')).errors).toBeUndefined()
  })

  test('is refused to everybody beyond what people ask for, from however many networks it is done', async () => {
    await lethe.app.database.attemptLevel.deleteMany()
    const asked = await Promise.all(
      Array.from({ length: 400 }, (_, n) => lethe.askForReset(newAddress(), `198.18.${n >> 8}.${n & 255}`)),
    )
    const taken = asked.filter(({ data }) => data?.requestPasswordReset).length
    expect(taken).toBeGreaterThanOrEqual(200)
    expect(taken).toBeLessThan(400)
    await untilAllIsDone()
    await lethe.app.database.attemptLevel.deleteMany()
  })
})
