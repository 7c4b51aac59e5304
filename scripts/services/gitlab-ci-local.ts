/**
 * gitlab-ci-local, which runs the jobs of a `.gitlab-ci.yml` without a GitLab: in a shell of this machine, on the files that git knows. It
 * comes from npm, once, into the cache of the services.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Failure } from '../../src/base/failure.ts'
import { debianProgram } from './debian.ts'

const run = promisify(execFile)
const VERSION = '4.61.0'
const cache = fileURLToPath(new URL('../../node_modules/.cache/tailrace', import.meta.url))
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const INSTALL_LIMIT_MS = 300_000
const JOBS_LIMIT_MS = 240_000

/** The path of the program, which is installed if it is not there. Throws if npm cannot do that, or rsync is missing. */
export async function installedGitlabCiLocal(): Promise<string> {
  debianProgram('rsync')
  const folder = join(cache, `gitlab-ci-local-${VERSION}`)
  const program = join(folder, 'node_modules/gitlab-ci-local/src/index.js')
  if (existsSync(program)) return program
  // Filled beside, and renamed when whole: another process may install the same.
  const beside = `${folder}.${process.pid}`
  await mkdir(beside, { recursive: true })
  try {
    const options = ['--prefix', beside, '--no-audit', '--no-fund', '--no-save', '--ignore-scripts']
    await run('npm', ['install', ...options, `gitlab-ci-local@${VERSION}`], { timeout: INSTALL_LIMIT_MS })
    if (!existsSync(program)) await rename(beside, folder)
    return program
  } catch (error) {
    throw new Failure('not-found', 'gitlab-ci-local is not installed', {
      hint: 'npm has to reach a registry.',
      cause: error,
    })
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

export type JobsEnded = { readonly code: number; readonly said: string }

/** A project of GitLab: a git repository with the files of a folder, on a branch. */
export type GitlabProject = {
  /** Runs gitlab-ci-local with these arguments to its end; `tailrace` is in the PATH of the jobs. */
  run(...args: readonly string[]): Promise<JobsEnded>
  /** Goes to a new branch. */
  branch(name: string): Promise<void>
}

/** Makes a project on branch `topic` in `folder`, which is empty, of the files of `from`. */
export async function gitlabProject(folder: string, from: string): Promise<GitlabProject> {
  const program = await installedGitlabCiLocal()
  const [project, bin] = [join(folder, 'project'), join(folder, 'bin')]
  const isOwn = (path: string) => !/\/(out|\.tailrace)$/.test(path)
  await cp(from, project, { recursive: true, filter: isOwn })
  await mkdir(bin)
  const command = join(bin, 'tailrace')
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
  await chmod(command, 0o755)
  const git = (...args: readonly string[]) => run('git', [...args], { cwd: project })
  await git('init', '--quiet', '--initial-branch', 'topic')
  await git('add', '--all')
  const author = ['-c', 'user.name=tailrace', '-c', 'user.email=tailrace@example.org']
  await git(...author, 'commit', '--quiet', '--message', 'The files of the folder')
  await git('remote', 'add', 'origin', 'git@gitlab.example.org:ops/ip-logs.git')
  const PATH = [bin, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter)
  return {
    run: async (...args) => {
      const options = { cwd: project, env: { ...process.env, PATH, NO_COLOR: '1' }, timeout: JOBS_LIMIT_MS }
      try {
        const { stdout, stderr } = await run(process.execPath, [program, '--force-shell-executor', ...args], options)
        return { code: 0, said: plain(stdout + stderr) }
      } catch (error) {
        const { code, stdout, stderr } = error as { code?: unknown; stdout: string; stderr: string }
        if (typeof code !== 'number') throw error
        return { code, said: plain(stdout + stderr) }
      }
    },
    branch: async (name) => {
      await git('checkout', '--quiet', '-b', name)
    },
  }
}

/** Without colours. */
const plain = (text: string): string => text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '')
