/** Tests of bad input: one clear message with its place, the exit code, and no stack. */
import { expect, test } from 'vitest'
import { type Folder, folderWith } from './tailrace.ts'

export type RefusedCommand = readonly [args: readonly string[], code: number, ...messages: readonly string[]]

/** Runs the command line in a folder: it must end with `code` and the messages, without output or a stack. */
export async function expectRefused(folder: Folder, [args, code, ...messages]: RefusedCommand): Promise<void> {
  const ended = await folder.tailrace(...args)
  for (const message of messages) expect(ended.stderr).toContain(message)
  expect(ended.stderr).not.toMatch(/^ +at |This is a bug/m)
  expect(ended).toMatchObject({ code, stdout: '' })
}

/** A test for each command line, in a folder of its own. */
export function testRefusals(open: () => Folder, cases: readonly RefusedCommand[]): void {
  test.concurrent.each(cases.map((refused) => [refused[0], refused] as const))('%j is refused', async (_, refused) => {
    using folder = open()
    await expectRefused(folder, refused)
  })
}

/** A test for each mistake in a pipeline file: `wrong` in place of `right`. */
export function testMistakes(
  pipeline: string,
  cases: readonly (readonly [right: string, wrong: string, message: string])[],
): void {
  test.concurrent.each(cases)('in the pipeline file, %s as %s is refused', async (right, wrong, message) => {
    expect(pipeline).toContain(right)
    using folder = folderWith({ 'p.yaml': pipeline.replace(right, wrong) })
    await expectRefused(folder, [['run', 'p.yaml', '--until-end'], 78, message])
  })
}
