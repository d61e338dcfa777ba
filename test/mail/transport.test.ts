import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDelivery } from '../../src/mail/delivery.ts'
import { createSecrets } from '../../src/secrets.ts'
import { StartError } from '../../src/start-error.ts'
import { certificateFor, startMailServer } from './mail-server.ts'
import { from, type Outbox, openOutbox } from './outbox-support.ts'

let box: Outbox
beforeEach(async () => {
  box = await openOutbox()
})
afterEach(() => box.close())

describe('ASVS 12.3.2: the way to the mail server', () => {
  const withPassword = () => `smtp://lethe:right@localhost:${box.server.port}`

  test('is encrypted by STARTTLS before the password is told', async () => {
    box.start({ smtpUrl: withPassword(), ca: box.server.ca })
    await box.queue()
    await box.server.takes(1)
    expect(box.server.signIns).toEqual([{ username: 'lethe', secure: true }])
  })

  test('is encrypted from the start where the setting says so', async () => {
    const secure = await startMailServer({ secure: true })
    box.start({ smtpUrl: `smtps://lethe:right@127.0.0.1:${secure.port}`, ca: secure.ca })
    await box.queue()
    await secure.takes(1)
    await secure.close()
  })

  test.each(['smtp', 'smtps'])('by %s with a certificate that nobody vouches for leads nowhere', async (scheme) => {
    const other = await startMailServer({ secure: scheme === 'smtps' })
    box.start({ smtpUrl: `${scheme}://lethe:right@localhost:${other.port}` })
    await box.queue()
    await box.becomes({
      state: 'queued',
      fault: expect.stringMatching(/certificate is not to be trusted \((DEPTH_ZERO_)?SELF_SIGNED_CERT/),
    })
    expect([other.signIns, other.read]).toEqual([[], []])
    await other.close()
  })

  test('leads nowhere when the certificate is for another host', async () => {
    const { cert, private: key } = await certificateFor('elsewhere.test')
    const elsewhere = await startMailServer({ cert, key })
    box.start({ smtpUrl: `smtp://lethe:right@localhost:${elsewhere.port}`, ca: cert })
    await box.queue()
    await box.becomes({ state: 'queued', fault: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') })
    expect([elsewhere.signIns, elsewhere.read]).toEqual([[], []])
    await elsewhere.close()
  })

  test('leads nowhere when somebody takes STARTTLS away', async () => {
    const stripped = await startMailServer({ disabledCommands: ['STARTTLS'] })
    box.start({ smtpUrl: `smtp://lethe:right@localhost:${stripped.port}`, ca: stripped.ca })
    await box.queue()
    await box.becomes({ state: 'queued', fault: expect.stringContaining('STARTTLS') })
    expect([stripped.signIns, stripped.read]).toEqual([[], []])
    await stripped.close()
  })

  test('leads nowhere when the server knows only old versions of TLS', async () => {
    const old = await startMailServer({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' })
    box.start({ smtpUrl: `smtp://lethe:right@localhost:${old.port}`, ca: old.ca })
    await box.queue()
    await box.becomes({ state: 'queued', fault: expect.stringMatching(/no TLS that is safe|can't be reached/) })
    expect([old.signIns, old.read]).toEqual([[], []])
    await old.close()
  })
})

describe('settings that would not do are told at the start', () => {
  test.each([
    ['smtp://mail.example?tls.rejectUnauthorized=false', from],
    ['smtps://user:100%@mail.example', from],
    ['smtps://mail.example/path', from],
    ['smtps://mail.example', 'nobody'],
    ['smtps://mail.example', 'a@example.org, b@example.org'],
  ])('%s as %s', (smtpUrl, sender) => {
    expect(() => createDelivery({ smtpUrl, from: sender }, createSecrets(randomBytes(32)))).toThrow(StartError)
  })
})
