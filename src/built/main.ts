#!/usr/bin/env node
/** `tailrace` as it is published: `dist/cli/main.cjs`. */
import { join } from 'node:path'
import { start } from '../cli/start.ts'
import { loadProgram } from './load-program.ts'
import type { main } from './program.ts'

void start(join(__dirname, '../../package.json'), async (command) => {
  const script = command === 'query' || command === 'check' ? PROGRAMS[command] : PROGRAMS.program
  const { exports, keep } = loadProgram<{ readonly main: typeof main }>(join(__dirname, script), command, true)
  return { main: exports.main, done: keep }
})
