#!/usr/bin/env node
/** `tailrace` as it is published: `dist/cli/main.cjs`. */
import { join } from 'node:path'
import { start } from '../cli/start.ts'
import { loadProgram } from './load-program.ts'

void start(join(__dirname, '../../package.json'), async (command) => {
  const { exports, keep } = loadProgram(join(__dirname, PROGRAM), command, true)
  return { main: exports.main, done: keep }
})
