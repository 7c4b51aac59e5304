import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compileKernel, KERNELS, kernelFile } from './kernels.ts'

test.each(KERNELS)('the kernel %s was compiled from its source', (name) => {
  expect(readFileSync(kernelFile(name), 'utf8'), 'run: node tools/kernels.ts').toBe(compileKernel(name))
})
