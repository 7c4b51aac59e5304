/** `tailrace groups`: the consumer groups of a pipeline's bus, and how far each is. */
import { Command } from 'commander'
import type { PartOfStatus, PipelineStatus } from '../run/status/status.ts'
import { groupPartitionsSheet, groupsSheet } from './look/groups-text.ts'
import { type ShowOptions, show, showOptions } from './look/show.ts'
import { openLook } from './option/look.ts'
import { type WhichOptions, whichOptions } from './option/pipeline.ts'

type GroupsOptions = WhichOptions & ShowOptions & { readonly partitions?: boolean; readonly all?: boolean }

/** The command `groups`. */
export function groupsCommand(): Command {
  return showOptions(whichOptions(new Command('groups')))
    .description('Lists the consumer groups: what each reads, how many records are before it, and its members.')
    .argument('[PIPELINE]', 'the pipeline')
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
    .action(listGroups)
}

async function listGroups(pipeline: string | undefined, options: GroupsOptions): Promise<void> {
  await using look = await openLook(pipeline === undefined ? options : { ...options, pipeline }, options.all)
  const sheet = options.partitions === true ? groupPartitionsSheet : groupsSheet
  const part = ({ form, at, bus, groups }: PipelineStatus): PartOfStatus => ({ form, at, bus, groups })
  await show({ look, sheet, part, hasRates: false, needsBus: true }, options)
}
