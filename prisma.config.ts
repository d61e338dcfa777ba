import { defineConfig } from 'prisma/config'

// Prisma's command would download an engine that we never use (migrations run on its WebAssembly build, see
// src/database/migrate.ts); naming any existing file stops that, so that generating works without a network.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath

export default defineConfig({ schema: 'prisma/schema' })
