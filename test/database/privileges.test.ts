import { describe, expect, test } from 'vitest'
import { logTables } from '../../src/database/privileges/tables.ts'
import { freshKeystore, ownerOf, withClient } from '../support/database.ts'
import { makeInstallation } from './installation.ts'

/** Why a start is refused, and the statements that it names. */
async function refusalOf(start: Promise<unknown>) {
  const fault = await start.then(
    () => undefined,
    (error: Error) => error,
  )
  expect(fault?.name).toBe('StartError')
  const lines = fault?.message.split('\n') ?? []
  return { message: fault?.message, statements: lines.filter((line) => line.startsWith('      ')).join('\n') }
}

const parameter = 'session_replication_role'

const acting = 'RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN END $$'
const closed = (routine: string) => `REVOKE EXECUTE ON ROUTINE ${routine} FROM PUBLIC`

describe('a start is refused, and works again once what it named is done, to a user who', () => {
  test.each([
    ['may make roles', 'ALTER ROLE <user> CREATEROLE'],
    ['may make databases, may replicate, may bypass row security', 'ALTER ROLE <user> CREATEDB REPLICATION BYPASSRLS'],
    ['owns function lethe_fold(text)', 'ALTER FUNCTION lethe_fold(text) OWNER TO <user>'],
    ['owns type legal_ground', 'ALTER TYPE legal_ground OWNER TO <user>'],
    ['owns schema mine', 'CREATE SCHEMA mine AUTHORIZATION <user>'],
    ['owns sequence mine', 'CREATE SEQUENCE mine; ALTER SEQUENCE mine OWNER TO <user>'],
    ['is a member of lethe, which is a superuser', 'GRANT lethe TO <user>'],
    ['is a member of <group>, which may make roles', 'ALTER ROLE <group> CREATEROLE; GRANT <group> TO <user>'],
    [
      'is a member of <group>, which owns table contact',
      'ALTER TABLE contact OWNER TO <group>; GRANT <group> TO <user>',
    ],
    [
      'is a member of <group>, which owns table audit_leaf',
      'ALTER ROLE <user> NOINHERIT; ALTER TABLE audit_leaf OWNER TO <group>; GRANT <group> TO <user>',
    ],
    [
      'is a member of <group>, which owns database',
      'ALTER DATABASE <database> OWNER TO <group>; GRANT <group> TO <user>',
    ],
    ['is a member of pg_write_all_data', 'GRANT pg_write_all_data TO <user>'],
    ['is a member of pg_write_all_data', 'GRANT pg_write_all_data TO <group>; GRANT <group> TO <user>'],
    ['is a member of pg_write_all_data', 'ALTER ROLE <user> NOINHERIT; GRANT pg_write_all_data TO <user>'],
    ...[
      'pg_read_server_files',
      'pg_execute_server_program',
      'pg_signal_backend',
      'pg_maintain',
      'pg_create_subscription',
    ].map((role) => [`is a member of ${role}`, `GRANT ${role} TO <user>`]),
    ...logTables.map((table) => [`may DELETE, UPDATE on ${table}`, `GRANT UPDATE, DELETE ON ${table} TO <user>`]),
    [`may TRUNCATE on ${logTables.toSorted().join(', ')}`, `GRANT TRUNCATE ON ${logTables.join(', ')} TO <user>`],
    ['may UPDATE on audit_entry', 'GRANT UPDATE ("values") ON audit_entry TO <user>'],
    ['may DELETE on audit_leaf, as everybody may', 'GRANT DELETE ON audit_leaf TO PUBLIC'],
    ['may DELETE on audit_leaf', 'GRANT DELETE ON audit_leaf TO <group>; GRANT <group> TO <user>'],
    [
      'may DELETE on audit_leaf',
      'ALTER ROLE <user> NOINHERIT; GRANT DELETE ON audit_leaf TO <group>; GRANT <group> TO <user>',
    ],
    ['may UPDATE on v', 'CREATE VIEW v AS SELECT * FROM audit_entry; GRANT UPDATE ON v TO <user>'],
    ['may UPDATE on _prisma_migrations', 'GRANT UPDATE ON _prisma_migrations TO <user>'],
    ['may DELETE on audit_sequencer', 'GRANT DELETE ON audit_sequencer TO <user>'],
    ['may MAINTAIN, REFERENCES, TRIGGER, TRUNCATE on contact', 'GRANT ALL ON contact TO <user>'],
    [
      'may DELETE, MAINTAIN, REFERENCES, TRIGGER, TRUNCATE, UPDATE on audit_checkpoint, audit_entry',
      'GRANT ALL ON ALL TABLES IN SCHEMA public TO <user>',
    ],
    ['may CREATE on SCHEMA public', 'GRANT CREATE ON SCHEMA public TO <user>'],
    ['may CREATE on SCHEMA public, as everybody may', 'GRANT CREATE ON SCHEMA public TO PUBLIC'],
    ['may CREATE on SCHEMA other', 'CREATE SCHEMA other; GRANT CREATE ON SCHEMA other TO <user>'],
    ['may TEMPORARY on DATABASE <database>, as everybody may', 'GRANT TEMPORARY ON DATABASE <database> TO PUBLIC'],
    ['may CREATE on DATABASE <database>', 'GRANT CREATE ON DATABASE <database> TO <user>'],
    [`may SET on PARAMETER ${parameter}`, `GRANT SET ON PARAMETER ${parameter} TO <user>`],
    [`may SET on PARAMETER ${parameter}`, `GRANT SET ON PARAMETER ${parameter} TO <group>; GRANT <group> TO <user>`],
    ['may ALTER SYSTEM on PARAMETER archive_command', 'GRANT ALTER SYSTEM ON PARAMETER archive_command TO <user>'],
    [
      'may EXECUTE on ROUTINE fix_log(integer), which acts as lethe, as everybody may',
      `CREATE FUNCTION fix_log(integer) ${acting}`,
    ],
    [
      'may EXECUTE on ROUTINE other.fix_log(), which acts as lethe',
      `CREATE SCHEMA other; CREATE PROCEDURE other.fix_log() ${acting.replace('RETURNS void', '')}; ${closed('other.fix_log()')}; GRANT EXECUTE ON PROCEDURE other.fix_log() TO <user>`,
    ],
    [
      'may EXECUTE on ROUTINE fix_log(), which acts as <group>',
      `CREATE FUNCTION fix_log() ${acting}; ALTER FUNCTION fix_log() OWNER TO <group>`,
    ],
    [
      'may EXECUTE on ROUTINE fix_log(), which acts as lethe',
      `CREATE FUNCTION fix_log() ${acting}; ${closed('fix_log()')}; ALTER ROLE <user> NOINHERIT; GRANT EXECUTE ON FUNCTION fix_log() TO <group>; GRANT <group> TO <user>`,
    ],
    ['may EXECUTE on ROUTINE fix_log()', `CREATE FUNCTION pg_catalog.fix_log() ${acting}`],
    [
      'may EXECUTE on ROUTINE fix_log()',
      `CREATE FUNCTION fix_log() ${acting}; ALTER EXTENSION pg_trgm ADD FUNCTION fix_log()`,
    ],
    [
      'may have the trigger fix on outgoing_mail run fix_log() as lethe',
      `CREATE FUNCTION fix_log() ${acting.replace('void', 'trigger')}; ${closed('fix_log()')}; CREATE TRIGGER fix AFTER INSERT ON outgoing_mail EXECUTE FUNCTION fix_log()`,
    ],
    [`has ${parameter} set`, `ALTER ROLE <user> SET ${parameter} = replica`],
  ])('%s: %s', async (danger = '', statements = '') => {
    const { open, administer, user, database } = await makeInstallation()
    await administer(statements)
    const { message, statements: mending } = await refusalOf(open())
    const expected = danger.replace('<group>', user.replace('app', 'group')).replace('<database>', database)
    expect(message).toContain(expected)
    expect(message).toContain(user)
    await administer(mending)
    await open()
  })
})

describe('a start is refused to a user for whom there is no mending, with how to make another one:', () => {
  test.each([
    ['is a superuser', 'ALTER ROLE <user> SUPERUSER'],
    ['owns database', 'ALTER DATABASE <database> OWNER TO <user>'],
  ])('%s', async (danger, statements) => {
    const { open, administer } = await makeInstallation()
    await administer(statements)
    const { message } = await refusalOf(open({ owner: true }))
    expect(message).toContain(danger)
    expect(message).toContain("CREATE ROLE lethe_app LOGIN PASSWORD '…'; GRANT CONNECT ON DATABASE")
  })
})

test.each([
  ['a table of its own', 'ALTER TABLE contact OWNER TO <user>'],
  ['what there is, before it is brought up to date', 'ALTER TABLE _prisma_migrations OWNER TO <user>'],
])('a user who owns %s is refused', async (_what, statements) => {
  const { open, administer } = await makeInstallation()
  await administer(statements)
  expect((await refusalOf(open({ owner: true }))).message).toContain('owns table')
})

test('roles that only look are nothing to refuse', async () => {
  const { open, administer } = await makeInstallation()
  await administer('GRANT pg_monitor, pg_read_all_stats, pg_checkpoint, pg_use_reserved_connections TO <user>')
  await administer('CREATE VIEW v AS SELECT * FROM audit_entry; GRANT SELECT ON v TO <user>')
  // Nor are functions that act as themselves, and those that only others may run.
  await administer('CREATE FUNCTION own() RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$')
  await administer(
    `CREATE FUNCTION theirs() ${acting}; ${closed('theirs()')}; GRANT EXECUTE ON FUNCTION theirs() TO <group>`,
  )
  await open()
})

describe('with the owner at hand', () => {
  test.each([
    ['REVOKE INSERT ON audit_entry FROM <user>', 'INSERT on audit_entry\n'],
    ['REVOKE ALL ON ALL TABLES IN SCHEMA public FROM <user>', 'lacks privileges'],
    ['REVOKE SELECT ON _prisma_migrations FROM <user>', 'lacks privileges'],
    ['REVOKE USAGE ON SCHEMA public FROM PUBLIC', 'lethe migrate'],
    ['CREATE TABLE of_a_module (id uuid)', 'SELECT, INSERT, UPDATE, DELETE on of_a_module'],
    ['GRANT UPDATE ("values"), DELETE ON audit_entry TO <user>', 'may DELETE, UPDATE on audit_entry'],
    ['GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC', 'may DELETE'],
  ])('a start puts right what keeps others from starting: %s', async (statements, fault) => {
    const { open, administer } = await makeInstallation()
    await administer(statements)
    expect((await refusalOf(open())).message).toContain(fault)
    await open({ owner: true })
    await open()
  })

  test('nothing is granted anew where nothing is missing', async () => {
    const { url, open } = await makeInstallation()
    const privileges = () =>
      withClient(
        ownerOf(url),
        async (client) => (await client.query('SELECT oid, xmin::text, relacl::text FROM pg_class ORDER BY oid')).rows,
      )
    const before = await privileges()
    await open({ owner: true })
    expect(await privileges()).toEqual(before)
  })
})

describe('the key store', () => {
  test.each([
    ['that user', 'GRANT CONNECT ON DATABASE <keys> TO <user>'],
    ['everybody', 'GRANT CONNECT ON DATABASE <keys> TO PUBLIC'],
  ])('that %s can connect to is refused', async (_who, statement) => {
    const { open, administer, user } = await makeInstallation()
    const keystoreUrl = await freshKeystore()
    const keys = new URL(keystoreUrl).pathname.slice(1)
    await open({ keystoreUrl })
    await administer(statement.replace('<keys>', keys))
    const { message, statements } = await refusalOf(open({ keystoreUrl }))
    expect(message).toContain(`the user "${user}" of DATABASE_URL may connect to "${keys}"`)
    await administer(statements)
    await open({ keystoreUrl })
  })

  test('whose user can connect to the data is refused', async () => {
    const { open, administer, database } = await makeInstallation()
    await administer('GRANT CONNECT ON DATABASE <database> TO lethe_keys')
    const { message, statements } = await refusalOf(open())
    expect(message).toContain(`the user "lethe_keys" of KEYSTORE_URL may connect to "${database}"`)
    await administer(statements)
    await open()
  })

  test('that is the database itself, or belongs to a superuser, is refused', async () => {
    const { open, url } = await makeInstallation()
    expect((await refusalOf(open({ keystoreUrl: url }))).message).toContain('are the same database')
    // However it is written.
    const other = url.replace('127.0.0.1', 'localhost')
    expect((await refusalOf(open({ keystoreUrl: other }))).message).toContain('are the same database')
    const superuser = ownerOf(await freshKeystore())
    expect((await refusalOf(open({ keystoreUrl: superuser }))).message).toContain('KEYSTORE_URL is a superuser')
  })
})
