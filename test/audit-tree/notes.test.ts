import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nameOf, ownCheckpoint, signerOfEpoch } from '../../src/modules/audit/checkpoint/epochs.ts'
import {
  generateSigner,
  parseSigner,
  parseVerifier,
  printVerifier,
  renamed,
} from '../../src/modules/audit/checkpoint/keys.ts'
import {
  openCheckpoint,
  openNote,
  readCheckpoint,
  signCheckpoint,
  signNote,
} from '../../src/modules/audit/checkpoint/note.ts'
import { sha256 } from '../../src/modules/audit/tree/hashing.ts'

// The vectors of Go's golang.org/x/mod/sumdb/note, on which C2SP's signed notes rest.
const peterKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const peterSecret = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
const enochKey = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop'
const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const peterSignature =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
const enochSignature =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n'

const peter = parseVerifier(peterKey)
const enoch = parseVerifier(enochKey)

describe("the vectors of Go's note package", () => {
  test('a note is signed to the same bytes', () => {
    expect(signNote(parseSigner(peterSecret), text)).toBe(`${text}\n${peterSignature}`)
    expect(printVerifier(parseSigner(peterSecret))).toBe(peterKey)
  })

  test('a note opens for each of those who signed it', () => {
    const note = `${text}\n${peterSignature}${enochSignature}`
    expect([openNote(peter, note), openNote(enoch, note)]).toEqual([text, text])
  })

  test('who did not sign it does not open it, be it the same name or the same id', () => {
    const other = parseSigner(generateSigner('PeterNeumann'))
    for (const verifier of [enoch, other, { ...peter, name: 'Peter' }, { ...peter, id: enoch.id }]) {
      expect(openNote(verifier, `${text}\n${peterSignature}`)).toBeUndefined()
    }
  })

  test('keys that are cut, altered, of another length or another algorithm are refused', () => {
    for (const [key, parse] of [[peterKey, parseVerifier] as const, [peterSecret, parseSigner] as const]) {
      for (let start = 0; start < key.length; start++) {
        expect(() => parse(key.slice(0, start))).toThrow('not a')
        if (start > 0) expect(() => parse(key.slice(start))).toThrow('not a')
        const next = String.fromCharCode(key.charCodeAt(start) + 1)
        expect(() => parse(key.slice(0, start) + next + key.slice(start + 1))).toThrow('not a')
      }
    }
    expect(() => parseVerifier('PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==')).toThrow()
    expect(() => parseVerifier('PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')).toThrow()
  })

  test.each<[string, string]>([
    ['no signature', text],
    ['an empty list of them', `${text}\n`],
    ['a signature without an end', `${text}\n${peterSignature.slice(0, -1)}`],
    ['a control character', `\x01${text}\n${peterSignature}`],
    ['a carriage return', `${text.replaceAll('\n', '\r\n')}\n${peterSignature}`],
    ['a name with a space', `${text}\n${peterSignature.replace('PeterNeumann', 'Bad Name')}${peterSignature}`],
    ['a further line', `${text}\n${peterSignature}Unexpected line.\n`],
    ['a line before', `${text}\nUnexpected line.\n${peterSignature}`],
    ['a changed text', `${text.replace('answer', 'Answer')}\n${peterSignature}`],
    ['a changed signature', `${text}\n${peterSignature.slice(0, 60)}ABCD${peterSignature.slice(60)}`],
    ['a right and a wrong one of the same key', `${text}\n${peterSignature}${peterSignature.replace('nAM=', 'nAQ=')}`],
    ['more than a hundred', `${text}\n${peterSignature.repeat(101)}`],
    ['a hyphen for the dash', `${text}\n${peterSignature.replace('—', '-')}`],
    ['base64 that is written otherwise', `${text}\n${peterSignature.replace('nAM=', 'nAN=')}`],
  ])('a note with %s does not open', (_, note) => {
    expect(openNote(peter, note)).toBeUndefined()
  })

  test('a signature that stands twice, and those of unknown keys, do no harm', () => {
    expect(
      openNote(peter, `${text}\n${peterSignature}${peterSignature}${enochSignature.replace('+QQ=', '+QA=')}`),
    ).toBe(text)
  })
})

describe('checkpoints', () => {
  const signer = parseSigner(generateSigner('crm.example/audit'))
  const state = { size: 20852163, root: sha256('root') }
  const note = signCheckpoint(signer, state)
  const signed = (lines: string) => signNote(signer, lines)
  const root = state.root.toString('base64')

  test('have the form of C2SP, and open for whoever has the public key', () => {
    expect(note).toMatch(
      /^crm\.example\/audit\n20852163\n[A-Za-z0-9+/]{43}=\n\n— crm\.example\/audit [A-Za-z0-9+/]+=*\n$/,
    )
    expect(openCheckpoint(parseVerifier(printVerifier(signer)), note)).toEqual({
      origin: 'crm.example/audit',
      ...state,
    })
  })

  test('the example of C2SP is read', () => {
    const example =
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
      '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n'
    expect(readCheckpoint(example)).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20852163 })
  })

  test('may have further lines, and signatures of witnesses', () => {
    const witnessed = signed(`crm.example/audit\n3\n${root}\nfurther\n`) + enochSignature
    expect(openCheckpoint(signer, witnessed)).toMatchObject({ size: 3 })
  })

  test.each<[string, string]>([
    ['of another log', `crm.example/other\n3\n${root}\n`],
    ['without an origin', `\n3\n${root}\n`],
    ['with a leading zero', `crm.example/audit\n03\n${root}\n`],
    ['with a negative size', `crm.example/audit\n-3\n${root}\n`],
    ['with a size beyond what is counted exactly', `crm.example/audit\n9007199254740993\n${root}\n`],
    ['with a short root', `crm.example/audit\n3\n${root.slice(4)}\n`],
    ['with a root that is written otherwise', `crm.example/audit\n3\n${root} \n`],
    ['with an empty line', `crm.example/audit\n3\n${root}\n\nfurther\n`],
    ['of one line', 'crm.example/audit\n'],
  ])('%s are none, though rightly signed', (_, lines) => {
    expect(openCheckpoint(signer, signed(lines))).toBeUndefined()
  })

  test('of which any character was changed are refused', () => {
    const character = fc.constantFrom(...'0aA+/=—\n \x00ü')
    fc.assert(
      fc.property(fc.nat(note.length - 1), character, fc.nat(1), (at, other, removed) => {
        const changed = note.slice(0, at) + other + note.slice(at + removed)
        fc.pre(changed !== note)
        expect(openCheckpoint(signer, changed)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  test('of another epoch, or under another name of the same key, have an id of their own', () => {
    const second = signerOfEpoch(signer, 2)
    expect(second.name).toBe('crm.example/audit/epoch-2')
    expect(second.id.equals(signer.id)).toBe(false)
    expect(openCheckpoint(signer, signCheckpoint(second, state))).toBeUndefined()
    expect(openCheckpoint(signer, note.replaceAll('crm.example/audit', second.name))).toBeUndefined()
  })

  test('are known as ours under any name, by our key alone', () => {
    const third = signCheckpoint(signerOfEpoch(signer, 3), state)
    expect(ownCheckpoint(signer, third)).toMatchObject({ epoch: 3, size: state.size, note: third })
    expect(ownCheckpoint(renamed(signer, 'other/name'), note)).toMatchObject({ epoch: 1, origin: 'crm.example/audit' })
    expect(ownCheckpoint(parseSigner(generateSigner('crm.example/audit')), note)).toBeUndefined()
    expect(nameOf('crm.example/audit/epoch-12')).toBe('crm.example/audit')
  })
})
