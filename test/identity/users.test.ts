import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { type Installation, install, password } from './support.ts'

let lethe: Installation
let administrator: { bearer: string }
let manager: { bearer: string }
let giver: { bearer: string }
let editor: { bearer: string }
beforeAll(async () => {
  lethe = await install()
  // Manages users, and may read contacts.
  await transact(lethe.system, 'test', async (tx) => {
    const id = '01900000-0000-7000-8000-000000000001'
    await tx.role.create({ data: { id, key: 'manager', name: 'Manager' } })
    const grants = ['identity.users', 'contacts.*'].map((right) => ({ roleId: id, right, read: true }))
    await tx.grant.createMany({ data: grants.map((grant) => ({ ...grant, write: grant.right === 'identity.users' })) })
    // Gives roles, too.
    const giving = '01900000-0000-7000-8000-000000000003'
    await tx.role.create({ data: { id: giving, key: 'giver', name: 'Giver' } })
    const rights = ['identity.users', 'identity.roles', 'contacts.*', 'lawfulness.*', 'statistics.*', 'reports.*']
    await tx.grant.createMany({
      data: rights.map((right) => ({ roleId: giving, right, read: true, write: /^(identity|reports)/.test(right) })),
    })
    const writer = '01900000-0000-7000-8000-000000000002'
    await tx.role.create({ data: { id: writer, key: 'writer', name: 'Writer' } })
    await tx.grant.create({ data: { roleId: writer, right: 'contacts.name', read: true, write: true } })
  })
  for (const role of ['manager', 'giver', 'editor']) {
    await addUser(lethe.system, { email: `${role}@example.org`, name: '', password, roles: [role] })
  }
  administrator = await lethe.signIn()
  manager = await lethe.signIn('manager@example.org')
  giver = await lethe.signIn('giver@example.org')
  editor = await lethe.signIn('editor@example.org')
})
afterAll(() => lethe.close())

const create = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { password user { id email name } } }'
const by = ({ bearer }: { bearer: string }) => ({ bearer })

describe('making a user', () => {
  test('gives a generated password, with which they sign in', async () => {
    const input = { email: 'Jo@Example.org', name: 'Jo', roles: ['editor', 'analyst'] }
    const { data } = await lethe.run(create, { input }, by(administrator))
    expect(data?.['createUser'].user).toMatchObject({ email: 'jo@example.org', name: 'Jo' })
    const { bearer } = await lethe.signIn('jo@example.org', data?.['createUser'].password)
    const me = await lethe.run('{ me { id roles { key } } }', {}, { bearer })
    expect(me.data?.['me']).toEqual({
      id: data?.['createUser'].user.id,
      roles: [{ key: 'analyst' }, { key: 'editor' }],
    })
  })

  test.each([
    [{ email: 'boss@example.org', name: '', roles: [] }, ['email']],
    [{ email: 'nothing', name: 'two\nlines', roles: ['editor', 'king'] }, ['email', 'name', 'roles.1']],
  ])('names every fault of %j', async (input, fields) => {
    const { errors } = await lethe.run(create, { input }, by(administrator))
    expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', faults: fields.map((field) => ({ field })) })
  })

  test('names a weak password on the command line', async () => {
    const user = { email: 'weak@example.org', name: '', password: 'secret', roles: [] }
    await expect(addUser(lethe.system, user)).rejects.toMatchObject({ extensions: { faults: [{ field: 'password' }] } })
  })

  test('hands on no right that the maker does not hold', async () => {
    const attempt = (role: string) =>
      lethe.run(create, { input: { email: `${role}@example.net`, name: '', roles: [role] } }, by(giver))
    for (const role of ['administrator', 'data-protection-officer', 'editor', 'writer']) {
      const { errors, codes, data } = await attempt(role)
      expect(codes).toEqual(['FORBIDDEN'])
      expect(errors[0]?.extensions['denied']).toContainEqual(expect.objectContaining({ path: 'input.roles.0' }))
      expect(data).toEqual({ createUser: null })
    }
    expect(await lethe.database.user.count({ where: { email: { endsWith: '@example.net' } } })).toBe(0)
    expect((await attempt('analyst')).codes).toEqual([])
    expect((await attempt('manager')).codes).toEqual([])
  })

  test('tells nothing of roles to those who may not give them, and is open to them without', async () => {
    const attempt = (input: object) =>
      lethe.run(create, { input: { email: 'plain@example.org', ...input } }, by(manager))
    const answers = await Promise.all([['editor'], ['king'], []].map((roles) => attempt({ roles })))
    for (const { errors } of answers) {
      expect(errors[0]?.extensions).toEqual({
        code: 'FORBIDDEN',
        denied: [{ path: 'input.roles', access: 'read', right: 'identity.roles' }],
      })
    }
    expect((await attempt({})).data?.['createUser'].user).toMatchObject({ email: 'plain@example.org' })
  })

  test('needs the right, and a sign-in', async () => {
    const input = { email: 'more@example.org', roles: [] }
    expect((await lethe.run(create, { input }, by(editor))).codes).toEqual(['FORBIDDEN'])
    expect((await lethe.run(create, { input })).codes).toEqual(['UNAUTHENTICATED'])
  })
})

describe('seeing users and roles', () => {
  test('pages through all users, with their roles', async () => {
    const source = `query ($after: String) {
      users(first: 2, after: $after) { pageInfo { hasNextPage endCursor } edges { node { email roles { key grants { right } } } } }
    }`
    const first = await lethe.run(source, {}, by(administrator))
    expect(first.data?.['users'].edges.map((edge: { node: { email: string } }) => edge.node.email)).toEqual([
      'boss@example.org',
      'manager@example.org',
    ])
    expect(first.data?.['users'].edges[0].node.roles).toEqual([{ key: 'administrator', grants: [{ right: '*' }] }])
    const second = await lethe.run(source, { after: first.data?.['users'].pageInfo.endCursor }, by(administrator))
    expect(second.data?.['users'].edges[0].node.email).toBe('giver@example.org')
    const back = await lethe.run('{ users(last: 1) { edges { node { email } } } }', {}, by(administrator))
    expect(back.data?.['users'].edges).toHaveLength(1)
    for (const after of ['', 'damaged']) {
      expect((await lethe.run(source, { after }, by(administrator))).codes).toEqual(['BAD_CURSOR'])
    }
  })

  test('shows the roles only to those who may see roles', async () => {
    const { data, codes } = await lethe.run(
      '{ users(first: 1) { edges { node { email roles { key } } } } }',
      {},
      by(manager),
    )
    expect(data?.['users'].edges).toEqual([{ node: { email: 'boss@example.org', roles: null } }])
    expect(codes).toEqual(['FORBIDDEN'])
    expect((await lethe.run('{ roles { key } }', {}, by(manager))).codes).toEqual(['FORBIDDEN'])
    const roles = await lethe.run('{ roles { key builtIn grants { right read write } } }', {}, by(administrator))
    expect(roles.data?.['roles']).toHaveLength(8)
  })

  test('answers alike for users that are there and that are not, without asking the database', async () => {
    const { id } = await lethe.database.user.findUniqueOrThrow({ where: { email: 'boss@example.org' } })
    const asked = vi.spyOn(lethe.database.user, 'findUnique')
    const answers = []
    for (const uuid of [id, '01900000-0000-7000-8000-00000000dead', 'nonsense']) {
      const node = Buffer.from(`User:${uuid}`).toString('base64')
      const { data, errors } = await lethe.run('query ($node: ID!) { node(id: $node) { id } }', { node }, by(editor))
      answers.push({ data, messages: errors.map(({ message, extensions }) => ({ message, extensions })) })
    }
    expect(answers[0]?.messages[0]?.extensions).toEqual({ code: 'FORBIDDEN', right: 'identity.users' })
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(asked).not.toHaveBeenCalled()
    asked.mockRestore()
    const node = Buffer.from(`User:${id}`).toString('base64')
    const allowed = await lethe.run(
      'query ($node: ID!) { node(id: $node) { ... on User { email } } }',
      { node },
      by(manager),
    )
    expect(allowed.data).toEqual({ node: { email: 'boss@example.org' } })
  })
})
