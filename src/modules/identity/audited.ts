import type {
  Client,
  ClientKey,
  ClientScope,
  ExternalIdentity,
  Grant,
  Passkey,
  RecoveryCode,
  Role,
  RoleAssignment,
  Session,
  SignInLink,
  Totp,
  User,
} from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import type { Json, JsonObject } from '../../database/json.ts'

// A row that is just being created lacks what the database fills in.
type Written<Row, Key extends keyof Row> = Pick<Row, Key> & Partial<Row>

/**
 * How users, roles, sessions and clients read in the audit log. Nothing that would let anybody sign in ever stands there:
 * no password, token, secret or key, nor a hash of one.
 */
export const auditedIdentity = {
  User: ({
    id,
    email,
    name,
    language,
    passwordSetAt,
    signedOutAt,
    disabledAt,
    undeliverableAt,
  }: Written<User, 'id'>): AuditedRow => ({
    entity: 'User',
    entityId: id,
    values: filled({ email, name, language, passwordSetAt, signedOutAt, disabledAt, undeliverableAt }),
  }),
  Role: ({ id, key, name, description, builtIn, purposes }: Written<Role, 'id'>): AuditedRow => ({
    entity: 'Role',
    entityId: id,
    values: filled({ key, name, description, builtIn, purposes }),
  }),
  // One value, so that a changed grant always tells which right it is about.
  Grant: ({ roleId, right, read = false, write = false }: Written<Grant, 'roleId' | 'right'>): AuditedRow => ({
    entity: 'Grant',
    entityId: roleId,
    values: { grant: { right, read, write } },
  }),
  RoleAssignment: ({ userId, roleId, external = false }: Written<RoleAssignment, 'userId' | 'roleId'>): AuditedRow => ({
    entity: 'RoleAssignment',
    entityId: userId,
    values: { role: roleId, ...(external && { external }) },
  }),
  Session: ({ id, userId, address, userAgent, methods, expiresAt, endedAt }: Written<Session, 'id'>): AuditedRow => ({
    entity: 'Session',
    entityId: id,
    values: filled({ user: userId, address, userAgent, methods, expiresAt, endedAt }),
  }),
  Totp: ({ userId, activatedAt }: Written<Totp, 'userId'>): AuditedRow => ({
    entity: 'Totp',
    entityId: userId,
    values: filled({ user: userId, activatedAt }),
  }),
  RecoveryCode: ({ id, userId, usedAt }: Written<RecoveryCode, 'id'>): AuditedRow => ({
    entity: 'RecoveryCode',
    entityId: id,
    values: filled({ user: userId, usedAt }),
  }),
  Passkey: ({ id, userId, name }: Written<Passkey, 'id'>): AuditedRow => ({
    entity: 'Passkey',
    entityId: id,
    values: filled({ user: userId, name }),
  }),
  SignInLink: ({ id, userId, purpose, expiresAt, usedAt }: Written<SignInLink, 'id'>): AuditedRow => ({
    entity: 'SignInLink',
    entityId: id,
    values: filled({ user: userId, purpose, expiresAt, usedAt }),
  }),
  ExternalIdentity: ({ id, userId, issuer, subject }: Written<ExternalIdentity, 'id'>): AuditedRow => ({
    entity: 'ExternalIdentity',
    entityId: id,
    values: filled({ user: userId, issuer, subject }),
  }),
  Client: ({ id, name, description, kind, origins, disabledAt }: Written<Client, 'id'>): AuditedRow => ({
    entity: 'Client',
    entityId: id,
    values: filled({ name, description, kind, origins, disabledAt }),
  }),
  ClientScope: ({ id, clientId, right, read = false, write = false }: Written<ClientScope, 'id'>): AuditedRow => ({
    entity: 'ClientScope',
    entityId: id,
    values: filled({ client: clientId, scope: { right: right ?? '', read, write } }),
  }),
  ClientKey: ({ id, clientId, kind, prefix, expiresAt, revokedAt }: Written<ClientKey, 'id'>): AuditedRow => ({
    entity: 'ClientKey',
    entityId: id,
    values: filled({ client: clientId, kind, prefix, expiresAt, revokedAt }),
  }),
}

function filled(values: Record<string, Json | Date | undefined>): JsonObject {
  const present: JsonObject = {}
  for (const [field, value] of Object.entries(values)) {
    if (value === undefined || value === null || value === '') continue
    if (Array.isArray(value) && value.length === 0) continue
    present[field] = value instanceof Date ? value.toISOString() : value
  }
  return present
}
