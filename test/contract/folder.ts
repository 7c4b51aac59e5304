/** Folders of tests. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder with these files, which is removed when the test has ended. */
export async function makeFolder(files: { readonly [name: string]: string | Uint8Array } = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return folder
}
