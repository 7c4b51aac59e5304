/** `tailrace status`: how a pipeline stands, whether it runs or not. */
import { Command } from 'commander'
import { type ShowOptions, show, showOptions } from './look/show.ts'
import { statusSheet } from './look/status-text.ts'
import { openLook } from './option/look.ts'
import { type WhichOptions, whichOptions } from './option/pipeline.ts'

/** The command `status`. */
export function statusCommand(): Command {
  return showOptions(whichOptions(new Command('status')))
    .description('Shows how a pipeline stands: what is wrong, and each source, topic, query, sink and report.')
    .argument('[PIPELINE]', 'the pipeline')
    .addHelpText(
      'after',
      `
Examples:
  tailrace status pipeline.yaml
  tailrace status --watch --data /var/lib/tailrace/nasa
  tailrace status --json | jq '.trouble'

It asks the process that runs the pipeline, by the control socket in its data folder. Counts are of that run, rates of the
last second. Of a pipeline that is stopped it shows what the checkpoint and the bus say.
`,
    )
    .action(status)
}

async function status(pipeline: string | undefined, options: WhichOptions & ShowOptions): Promise<void> {
  await using look = await openLook(pipeline === undefined ? options : { ...options, pipeline })
  await show({ look, sheet: statusSheet, part: (whole) => whole, hasRates: true, needsBus: false }, options)
}
