import { constant, encode, forge, type Signer } from '../support/forge.ts'

/** A kind of token that is accepted, to be made hostile. Times in seconds. */
export type Target = {
  header: Record<string, unknown>
  claims: Record<string, unknown> & { iat: number; iss: string; aud: string; sub: string }
  /** The signature that counts. */
  genuine: Signer
  /** A signature of the same kind, by somebody else's key. */
  foreign: Signer
  /** That key, public half, and where it can be fetched. */
  foreignKey: object
  foreignUrl: string
  /** Somebody else, who is known too. */
  otherSubject: string
}

type Named = [name: string, token: string]

/** Tokens that say the wrong things, and are signed all the same. */
export function wrongClaims({ header, claims, genuine }: Target): Named[] {
  const { iat, iss, aud, sub } = claims
  const wrong: [name: string, changes: object][] = [
    ...[
      `${iss}/`,
      iss.toUpperCase(),
      `${iss}.evil.example`,
      iss.slice(0, -1),
      ` ${iss}`,
      '',
      [iss],
      { 0: iss },
      null,
    ].map((value): [string, object] => [`ASVS 9.1.1: issuer ${JSON.stringify(value)}`, { iss: value }]),
    ['no issuer', { iss: undefined }],
    ...[
      'https://other.example',
      aud.toUpperCase(),
      `${aud}/`,
      aud.slice(0, -1),
      '',
      '*',
      [],
      [[aud]],
      ['other'],
      null,
      1,
    ].map((value): [string, object] => [`ASVS 9.2.3: audience ${JSON.stringify(value)}`, { aud: value }]),
    ['ASVS 9.2.3: no audience', { aud: undefined }],
    ['ASVS 9.2.1: expired', { iat: iat - 700, exp: iat - 60 }],
    ['ASVS 9.2.1: expired a moment ago', { iat: iat - 700, exp: iat - 6 }],
    ['ASVS 9.2.1: not valid yet', { nbf: iat + 60 }],
    ['ASVS 9.2.1: not valid yet, as text', { nbf: String(iat - 60) }],
    ['ASVS 9.2.1: issued in the future', { iat: iat + 60 }],
    ['ASVS 9.2.1: issued too long ago', { iat: iat - 90_000 }],
    ['no time of issue', { iat: undefined }],
    ['time of issue as text', { iat: String(iat) }],
    ['time of issue null', { iat: null }],
    ['ASVS 9.2.1: never expires', { exp: undefined }],
    ['expires null', { exp: null }],
    ['expires as text', { exp: String(iat + 600) }],
    ['expires as date', { exp: new Date((iat + 600) * 1000).toISOString() }],
    ['expires as list', { exp: [iat + 600] }],
    ['expires before 1970', { exp: -1 }],
    ['no subject', { sub: undefined }],
    ['empty subject', { sub: '' }],
    ['subject as list', { sub: [sub] }],
    ['subject as object', { sub: { $ne: '' } }],
    ['subject as number', { sub: 1 }],
    ['subject with a NUL', { sub: `${sub}\u0000` }],
    ['subject with SQL', { sub: `' OR '1'='1` }],
    ['subject too long', { sub: 'a'.repeat(300) }],
    ['unknown subject', { sub: 'nobody' }],
  ]
  return wrong.map(([name, changes]) => [name, forge(header, { ...claims, ...changes }, genuine)])
}

/** Tokens whose header asks for something else than their kind has, or brings its own key along. */
export function wrongHeaders({ header, claims, genuine, foreign, foreignKey, foreignUrl }: Target): Named[] {
  const unsigned = ['none', 'None', 'NONE', 'nOnE', '', null, 0, ['none'], undefined].flatMap((alg): Named[] => [
    [`ASVS 9.1.2: alg ${JSON.stringify(alg)}, unsigned`, forge({ ...header, alg }, claims, constant(Buffer.alloc(0)))],
    [`ASVS 9.1.2: alg ${JSON.stringify(alg)}, signed`, forge({ ...header, alg }, claims, genuine)],
  ])
  const types = [undefined, null, '', 'JWT', 'jwt', 'id_token+jwt', 'logout+jwt', 'at', 'application/jwt', ['at+jwt']]
  const foreignParameters = {
    nothing: {},
    'its own kid': { kid: 'evil' },
    jwk: { jwk: foreignKey },
    'jwk and no kid': { jwk: foreignKey, kid: undefined },
    jku: { jku: foreignUrl },
    'jku and its kid': { jku: foreignUrl, kid: 'evil' },
    x5u: { x5u: foreignUrl },
    x5c: { x5c: [Buffer.from(JSON.stringify(foreignKey)).toString('base64')] },
    'a path as kid': { kid: '../../../../../../dev/null' },
    'a URL as kid': { kid: foreignUrl },
    'SQL as kid': { kid: `x' UNION SELECT 'key` },
    'a NUL as kid': { kid: '\u0000' },
    'no text as kid': { kid: { length: 1 } },
    'an empty kid': { kid: '' },
    'a prototype as kid': { kid: '__proto__' },
  }
  const critical: [string, object][] = [
    ['unknown', { crit: ['evil'], evil: true }],
    ['a claim', { crit: ['exp'] }],
    ['absent', { crit: ['evil'] }],
    ['empty', { crit: [] }],
    ['no list', { crit: 'b64', b64: true }],
  ]
  return [
    ...unsigned,
    ...types.map(
      (typ): Named => [`ASVS 9.2.2: type ${JSON.stringify(typ)}`, forge({ ...header, typ }, claims, genuine)],
    ),
    ...Object.entries(foreignParameters).map(
      ([name, parameters]): Named => [
        `ASVS 9.1.3: a foreign key, with ${name}`,
        forge({ ...header, ...parameters }, claims, foreign),
      ],
    ),
    ...critical.map(
      ([name, parameters]): Named => [`crit: ${name}`, forge({ ...header, ...parameters }, claims, genuine)],
    ),
  ]
}

/** Tokens that were taken apart and put together otherwise, or never were any. */
export function wrongShapes({ header, claims, genuine, otherSubject }: Target): Named[] {
  const good = forge(header, claims, genuine)
  const [head = '', body = '', signature = ''] = good.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const withSignature = (altered: Uint8Array) => `${head}.${body}.${Buffer.from(altered).toString('base64url')}`
  const flipped = Buffer.from(bytes)
  flipped.writeUInt8((flipped[0] ?? 0) ^ 1, 0)
  const other = forge(header, { ...claims, sub: otherSubject }, genuine)
  const unencoded = `${encode({ ...header, crit: ['b64'], b64: false })}.${JSON.stringify(claims)}`
  return [
    ['ASVS 9.1.1: another payload', `${head}.${encode({ ...claims, sub: otherSubject })}.${signature}`],
    ['ASVS 9.1.1: another header', `${encode({ ...header, extra: 1 })}.${body}.${signature}`],
    ['ASVS 9.1.1: the signature of another token', `${head}.${body}.${other.split('.')[2]}`],
    ['ASVS 9.1.1: no signature', `${head}.${body}.`],
    ['ASVS 9.1.1: no signature, and no dot', `${head}.${body}`],
    ['ASVS 9.1.1: a bit of the signature', withSignature(flipped)],
    ['ASVS 9.1.1: a shorter signature', withSignature(bytes.subarray(0, -1))],
    ['ASVS 9.1.1: a longer signature', withSignature(Buffer.concat([bytes, Buffer.from([0])]))],
    ['ASVS 9.1.1: a signature of zeros', withSignature(Buffer.alloc(bytes.length))],
    ['ASVS 9.1.1: a signature of ones', withSignature(Buffer.alloc(bytes.length, 255))],
    ['a fourth part', `${good}.`],
    ['only a header', head],
    ['only dots', '..'],
    ['more dots', '....'],
    ['a dot', '.'],
    ['not base64', '!!!.###.???'],
    ['no token', 'undefined'],
    ['JSON', JSON.stringify({ protected: head, payload: body, signature })],
    ['nested', forge({ ...header, cty: 'JWT' }, good, genuine)],
    ['an unencoded payload', forge({ ...header, crit: ['b64'], b64: false }, claims, () => genuine(unencoded))],
    ['a payload that is a list', forge(header, [claims], genuine)],
    ['a payload that is a text', forge(header, JSON.stringify(JSON.stringify(claims)), genuine)],
    ['a payload that is null', forge(header, 'null', genuine)],
    ['a payload that is no JSON', forge(header, JSON.stringify(claims).slice(0, -1), genuine)],
    ['an empty payload', forge(header, '', genuine)],
    ['a header that is a list', forge([header], claims, genuine)],
    ['a header that is no JSON', forge(JSON.stringify(header).slice(0, -1), claims, genuine)],
    ['an empty header', forge('', claims, genuine)],
    ['huge, and nothing', 'a'.repeat(12_000)],
    ['huge dots', '.'.repeat(12_000)],
  ]
}
