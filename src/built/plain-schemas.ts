/**
 * Zod compiles a function for each object of a schema. A pipeline file is read once, and compiling takes longer than that. Programs
 * import this before all else: a schema looks at it when it is made.
 */
import { config } from 'zod'

config({ jitless: true })
