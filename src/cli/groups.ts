/** `tailrace groups`: the consumer groups of a pipeline's bus, and how far each is. */
import { Command } from 'commander'
import { groupPartitionsSheet, groupsSheet } from './look/groups-text.ts'
import { type Shown, type ShowOptions, show, showOptions } from './look/show.ts'

/** The command `groups`. */
export function groupsCommand(): Command {
  return showOptions(new Command('groups'))
    .description('Lists the consumer groups: what each reads, how many records are before it, and its members.')
    .option('--partitions', 'one line for each partition, with the committed offset')
    .option('--all', 'on a shared bus: also groups that have nothing to do with the pipeline')
    .addHelpText(
      'after',
      `
Examples:
  tailrace groups pipeline.yaml
  tailrace groups --partitions --watch

Each query and sink is a group. Lag is the end of the topic less the committed offset, in records. Offsets are committed with
each checkpoint: 'tailrace status' shows how far queries and sinks are at this moment.
`,
    )
    .action((pipeline: string | undefined, options: ShowOptions) => show(pipeline, options, GROUPS))
}

const GROUPS: Shown = {
  sheet: groupsSheet,
  partitionsSheet: groupPartitionsSheet,
  part: ({ form, at, bus, groups }) => ({ form, at, bus, groups }),
  hasRates: false,
  needsBus: true,
}
