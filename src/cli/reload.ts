/** `tailrace reload`: lets the process that runs a pipeline read its file again. */
import { Command } from 'commander'
import { Failure } from '../base/failure.ts'
import { dataPlace } from './option/data.ts'
import { PIPELINE_ARGUMENT, type WhichOptions, whichOptions, withPipeline } from './option/pipeline.ts'
import { askRunning } from './option/running.ts'
import { reloadedText } from './reloader.ts'

/** The command `reload`. */
export function reloadCommand(): Command {
  return whichOptions(new Command('reload'))
    .description(
      'Lets the process that runs a pipeline read its file again. What has not changed goes on without a gap.',
    )
    .argument('[PIPELINE]', PIPELINE_ARGUMENT)
    .addHelpText(
      'after',
      `
Examples:
  tailrace reload pipeline.yaml
  tailrace reload --data /var/lib/tailrace/nasa

The process reads the files that it was started with. Where one has a mistake, nothing changes, the mistake is printed, and the
exit code is not 0: so a script sees whether a reload has happened, which SIGHUP does not tell.
`,
    )
    .action(reload)
}

async function reload(pipeline: string | undefined, options: WhichOptions): Promise<void> {
  const { dataFolder } = await dataPlace(withPipeline(pipeline, options))
  const changes = await askRunning<readonly string[]>(dataFolder, { command: 'reload' })
  if (changes === undefined) {
    throw new Failure('not-found', `no process runs the pipeline of ${dataFolder}`, {
      hint: 'Start it: tailrace run PIPELINE',
    })
  }
  process.stdout.write(`reloaded: ${reloadedText(changes)}\n`)
}
