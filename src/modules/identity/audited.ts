import type { Grant, Role, RoleAssignment, Session, User } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import type { Json, JsonObject } from '../../database/json.ts'

// A row that is just being created lacks what the database fills in.
type Written<Row, Key extends keyof Row> = Pick<Row, Key> & Partial<Row>

/** How users, roles and sessions read in the audit log. Neither a password's nor a token's hash ever stands there. */
export const auditedIdentity = {
  User: ({ id, email, name, passwordSetAt, disabledAt }: Written<User, 'id'>): AuditedRow => ({
    entity: 'User',
    entityId: id,
    values: filled({ email, name, passwordSetAt, disabledAt }),
  }),
  Role: ({ id, key, name, description, builtIn }: Written<Role, 'id'>): AuditedRow => ({
    entity: 'Role',
    entityId: id,
    values: filled({ key, name, description, builtIn }),
  }),
  // One value, so that a changed grant always tells which right it is about.
  Grant: ({ roleId, right, read = false, write = false }: Written<Grant, 'roleId' | 'right'>): AuditedRow => ({
    entity: 'Grant',
    entityId: roleId,
    values: { grant: { right, read, write } },
  }),
  RoleAssignment: ({ userId, roleId }: RoleAssignment): AuditedRow => ({
    entity: 'RoleAssignment',
    entityId: userId,
    values: { role: roleId },
  }),
  Session: ({ id, userId, address, expiresAt, endedAt }: Written<Session, 'id'>): AuditedRow => ({
    entity: 'Session',
    entityId: id,
    values: filled({ user: userId, address, expiresAt, endedAt }),
  }),
}

function filled(values: Record<string, Json | Date | undefined>): JsonObject {
  const present: JsonObject = {}
  for (const [field, value] of Object.entries(values)) {
    if (value === undefined || value === null || value === '') continue
    present[field] = value instanceof Date ? value.toISOString() : value
  }
  return present
}
