/** `tailrace status`: how a pipeline stands, whether it runs or not. */
import { Command } from 'commander'
import { type Shown, type ShowOptions, show, showOptions } from './look/show.ts'
import { statusSheet } from './look/status-text.ts'

/** The command `status`. */
export function statusCommand(): Command {
  return showOptions(new Command('status'))
    .description('Shows how a pipeline stands: what is wrong, and each source, topic, query, sink and report.')
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
    .action((pipeline: string | undefined, options: ShowOptions) => show(pipeline, options, STATUS))
}

const STATUS: Shown = { sheet: statusSheet, part: (whole) => whole, hasRates: true, needsBus: false }
