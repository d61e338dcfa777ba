-- Which grants the built-in roles were given, ever: what a new release brings they get once, and what an administrator took away
-- since does not come back.
CREATE TABLE "built_in_grant" (
    "role_key" TEXT NOT NULL,
    "right" TEXT NOT NULL,
    "given_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "built_in_grant_pkey" PRIMARY KEY ("role_key", "right")
);

-- What roles that are there already began with. The rights of the contacts' own page came later, so they still get these.
INSERT INTO "built_in_grant" ("role_key", "right")
SELECT r."key", g."right" FROM "role" r JOIN (VALUES
    ('administrator', '*'),
    ('data-protection-officer', '*'),
    ('data-protection-officer', 'lawfulness.*'),
    ('data-protection-officer', 'security.review'),
    ('editor', 'contacts.*'),
    ('editor', 'audit.history'),
    ('editor', 'lawfulness.*'),
    ('editor', 'lawfulness.basis'),
    ('editor', 'fields.definitions'),
    ('analyst', 'contacts.contact'),
    ('analyst', 'contacts.name'),
    ('analyst', 'contacts.organisation'),
    ('analyst', 'contacts.preferences'),
    ('analyst', 'contacts.tags'),
    ('analyst', 'contacts.source'),
    ('analyst', 'contacts.email'),
    ('analyst', 'contacts.phone'),
    ('analyst', 'contacts.address'),
    ('analyst', 'contacts.website'),
    ('analyst', 'contacts.messenger'),
    ('analyst', 'contacts.duplicates'),
    ('analyst', 'lawfulness.purposes'),
    ('analyst', 'lawfulness.basis')
) g ("role_key", "right") ON g."role_key" = r."key";
