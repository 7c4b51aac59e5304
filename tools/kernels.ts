/**
 * Compiles the kernels, `src/kernel/assembly/NAME.ts`, into `src/kernel/NAME.wasm.ts`: their WebAssembly as text. The results
 * are in the repository, so that the source runs without this step; a test compares them.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const KERNELS = [
  'access-log',
  'csv',
  'decompress',
  'dictionary',
  'json',
  'lines',
  'log-format',
  'records',
  'rows',
  'sketch',
] as const
const OPTIONS = '--runtime stub --importMemory --enable simd --noAssert -O3 --converge'.split(' ')

/** The file of a kernel, from the root of the repository. */
export const kernelFile = (name: string): string => `src/kernel/${name}.wasm.ts`

/** The content of that file. The current folder must be the root. */
export function compileKernel(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-kernel-'))
  try {
    const out = join(folder, 'out.wasm')
    const asc = 'node_modules/assemblyscript/bin/asc.js'
    execFileSync(process.execPath, [asc, `src/kernel/assembly/${name}.ts`, '--outFile', out, ...OPTIONS])
    const constant = `${name.toUpperCase().replaceAll('-', '_')}_KERNEL`
    const idea = `/** Compiled from \`assembly/${name}.ts\` by \`node tools/kernels.ts\`. */`
    return `${idea}\nexport const ${constant} =\n  '${readFileSync(out).toString('base64')}'\n`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) for (const name of KERNELS) writeFileSync(kernelFile(name), compileKernel(name))
