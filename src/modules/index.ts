import type { Module } from './module.ts'

/** The modules of the product, in order: the table of contents. */
export const modules: readonly Module[] = []
